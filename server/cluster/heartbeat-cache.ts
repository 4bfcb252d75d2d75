import type { TransientBody } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import type { HeartbeatReport } from './heartbeat-channel.ts';

/** The heartbeats of other nodes' runs, cached for local subscribers. */
export interface HeartbeatCache {
  add(reports: readonly HeartbeatReport[]): void;
  /** The latest heartbeat of a live run of another node; if there is none, that its executor does not respond. */
  heartbeat(runId: string): TransientBody;
}

/** Reports older than this many heartbeats are not repeated: the run may be waiting for something else by now. */
const maxAgeHeartbeats = 2.5;

export function createHeartbeatCache({
  clock,
  heartbeatMs,
}: {
  readonly clock: Clock;
  readonly heartbeatMs: number;
}): HeartbeatCache {
  const maxAgeMs = maxAgeHeartbeats * heartbeatMs;
  const reports = new Map<string, { readonly heartbeat: TransientBody; readonly atMs: number }>();
  /** Runs whose node does not report: since when, and when their heartbeat was last requested. */
  const unreachable = new Map<string, { readonly sinceMs: number; requestedMs: number }>();
  let prunedMs = clock.elapsed();

  function prune(nowMs: number): void {
    if (nowMs - prunedMs < maxAgeMs) return;
    prunedMs = nowMs;
    for (const [runId, { atMs }] of reports) if (nowMs - atMs > maxAgeMs) reports.delete(runId);
    for (const [runId, { requestedMs }] of unreachable)
      if (nowMs - requestedMs > maxAgeMs) unreachable.delete(runId);
  }

  return {
    add(received) {
      const nowMs = clock.elapsed();
      prune(nowMs);
      for (const { runId, heartbeat } of received) {
        reports.set(runId, { heartbeat, atMs: nowMs });
        unreachable.delete(runId);
      }
    },
    heartbeat(runId) {
      const nowMs = clock.elapsed();
      prune(nowMs);
      const report = reports.get(runId);
      if (report !== undefined && nowMs - report.atMs <= maxAgeMs)
        return aged(report.heartbeat, nowMs - report.atMs);
      const entry = unreachable.get(runId);
      if (entry !== undefined) entry.requestedMs = nowMs;
      else unreachable.set(runId, { sinceMs: report?.atMs ?? nowMs, requestedMs: nowMs });
      const sinceMs = entry?.sinceMs ?? report?.atMs ?? nowMs;
      return { type: 'run.waiting', phase: 'executor', elapsedMs: Math.floor(nowMs - sinceMs) };
    },
  };
}

/** The report with its age added to its times. */
function aged(heartbeat: TransientBody, ageMs: number): TransientBody {
  const wholeMs = Math.floor(ageMs);
  const elapsedMs = heartbeat.elapsedMs + wholeMs;
  if (heartbeat.type === 'run.waiting') return { ...heartbeat, elapsedMs };
  return {
    ...heartbeat,
    elapsedMs,
    ...(heartbeat.sinceLastByteMs === undefined
      ? {}
      : { sinceLastByteMs: heartbeat.sinceLastByteMs + wholeMs }),
    ...(heartbeat.retryInMs === undefined ? {} : { retryInMs: Math.max(0, heartbeat.retryInMs - wholeMs) }),
  };
}
