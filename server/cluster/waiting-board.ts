import type { TransientBody } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import type { WaitingReport } from './waiting-news.ts';

/** What the runs of the other nodes wait for, so that it can be said here at once. */
export interface WaitingBoard {
  take(reports: readonly WaitingReport[]): void;
  /** What a live run of another node waits for; that its node is not heard, if that is all there is to say. */
  waiting(runId: string): TransientBody;
}

/** Reports older than this many heartbeats are not repeated: the run may wait for something else by now. */
const keptHeartbeats = 2.5;

export function createWaitingBoard({
  clock,
  heartbeatMs,
}: {
  readonly clock: Clock;
  readonly heartbeatMs: number;
}): WaitingBoard {
  const keptMs = keptHeartbeats * heartbeatMs;
  const reports = new Map<string, { readonly waiting: TransientBody; readonly atMs: number }>();
  /** Runs whose node is not heard: since when, and when that was last asked. */
  const unheard = new Map<string, { readonly sinceMs: number; askedMs: number }>();
  let prunedMs = clock.elapsed();

  function prune(nowMs: number): void {
    if (nowMs - prunedMs < keptMs) return;
    prunedMs = nowMs;
    for (const [runId, { atMs }] of reports) if (nowMs - atMs > keptMs) reports.delete(runId);
    for (const [runId, { askedMs }] of unheard) if (nowMs - askedMs > keptMs) unheard.delete(runId);
  }

  return {
    take(news) {
      const nowMs = clock.elapsed();
      prune(nowMs);
      for (const { runId, waiting } of news) {
        reports.set(runId, { waiting, atMs: nowMs });
        unheard.delete(runId);
      }
    },
    waiting(runId) {
      const nowMs = clock.elapsed();
      prune(nowMs);
      const report = reports.get(runId);
      if (report !== undefined && nowMs - report.atMs <= keptMs)
        return aged(report.waiting, nowMs - report.atMs);
      const known = unheard.get(runId);
      if (known !== undefined) known.askedMs = nowMs;
      else unheard.set(runId, { sinceMs: report?.atMs ?? nowMs, askedMs: nowMs });
      const sinceMs = known?.sinceMs ?? report?.atMs ?? nowMs;
      return { type: 'run.waiting', phase: 'executor', elapsedMs: Math.floor(nowMs - sinceMs) };
    },
  };
}

/** As it is by now: the time since the report has gone on. */
function aged(waiting: TransientBody, ageMs: number): TransientBody {
  const wholeMs = Math.floor(ageMs);
  const elapsedMs = waiting.elapsedMs + wholeMs;
  if (waiting.type === 'run.waiting') return { ...waiting, elapsedMs };
  return {
    ...waiting,
    elapsedMs,
    ...(waiting.sinceLastByteMs === undefined ? {} : { sinceLastByteMs: waiting.sinceLastByteMs + wholeMs }),
    ...(waiting.retryInMs === undefined ? {} : { retryInMs: Math.max(0, waiting.retryInMs - wholeMs) }),
  };
}
