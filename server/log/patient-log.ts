import type { Clock } from '../runtime/clock.ts';
import { wait } from '../runtime/wait.ts';
import { LogConflict, LogUnavailable } from './event-log.ts';
import type { Append, EventLog } from './event-log.ts';
import { isSameEvent } from './same-event.ts';

export interface PatientLogOptions {
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of the backoff. */
  readonly random: () => number;
  /** How long a log that fails is tried again before it counts as unavailable, in milliseconds. @default 10000 */
  readonly patienceMs?: number;
  /** The first wait before it is tried again, in milliseconds; it doubles each time. @default 50 */
  readonly retryBaseMs?: number;
  /** The longest wait between two tries, in milliseconds. @default 1000 */
  readonly retryCapMs?: number;
}

export interface PatientLog extends EventLog {
  /** How long an append of this run has been tried again, in milliseconds; `undefined` if none is. */
  stalledMs(runId: string): number | undefined;
}

/**
 * Retries operations of a log over a network, which fails rarely and briefly, before an error is reported: a run
 * whose append fails aborts its model call and pays for its tokens again. An append whose response was lost is
 * looked up in the log, so that it is neither written twice nor taken for rejected.
 *
 * An embedded log does not need this: its failures last long, and it knows what it has written.
 */
export function createPatientLog(log: EventLog, options: PatientLogOptions): PatientLog {
  const { clock, random, patienceMs = 10_000, retryBaseMs = 50, retryCapMs = 1000 } = options;
  /** When the append of a run that waits was first tried, by `clock.elapsed()`. */
  const stalled = new Map<string, number>();

  /**
   * Waits longer each time. A try may itself take long: one that begins when `patienceMs` has passed is the last.
   *
   * @returns false after that one.
   */
  function createBackoff(): () => Promise<boolean> {
    const untilMs = clock.elapsed() + patienceMs;
    let triedMs = clock.elapsed();
    let waitMs = retryBaseMs;
    return async () => {
      if (triedMs >= untilMs) return false;
      const leftMs = Math.max(0, untilMs - clock.elapsed());
      await wait(clock, Math.ceil(Math.min(leftMs, waitMs * (0.5 + random() / 2))));
      waitMs = Math.min(retryCapMs, waitMs * 2);
      triedMs = clock.elapsed();
      return true;
    };
  }

  async function patiently<T>(ask: () => Promise<T>): Promise<T> {
    const backoff = createBackoff();
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!(error instanceof LogUnavailable) || !(await backoff())) throw error;
      }
    }
  }

  /** Is it in the log? By its last event: another node may have written as many in the same epoch. */
  async function isWritten({ runId, epoch, events }: Append): Promise<boolean> {
    const last = events.at(-1);
    if (last === undefined) return false;
    const entry = await log.at(runId, last.seq);
    return entry?.epoch === epoch && isSameEvent(entry.event, last);
  }

  async function append(one: Append): Promise<void> {
    const { runId } = one;
    const backoff = createBackoff();
    const startedMs = clock.elapsed();
    let isUnknown = false;
    try {
      for (;;) {
        const failure = await tryAppend(one, isUnknown);
        if (failure === undefined) return;
        isUnknown ||= failure.outcome === 'unknown';
        stalled.set(runId, stalled.get(runId) ?? startedMs);
        if (await backoff()) continue;
        const outcome = isUnknown ? 'unknown' : 'not-written';
        throw new LogUnavailable(failure.message, { cause: failure, outcome });
      }
    } finally {
      stalled.delete(runId);
    }
  }

  /** @returns why it can be tried again. @throws what trying again does not help against. */
  async function tryAppend(one: Append, isUnknown: boolean): Promise<LogUnavailable | undefined> {
    try {
      if (isUnknown && (await isWritten(one))) return undefined;
      await log.append(one);
      return undefined;
    } catch (error) {
      if (error instanceof LogUnavailable) return error;
      if (!isUnknown || !(error instanceof LogConflict)) throw error;
    }
    // An attempt whose answer was lost may have been committed between the look and this conflict.
    if (await patiently(() => isWritten(one))) return undefined;
    throw new LogConflict(`another node has written to ${one.runId}`);
  }

  return {
    ...log,
    append,
    head: (runId) => patiently(() => log.head(runId)),
    ownerOf: (runId) => patiently(() => log.ownerOf(runId)),
    read: (runId, page) => patiently(() => log.read(runId, page)),
    at: (runId, seq) => patiently(() => log.at(runId, seq)),
    position: (runId, seq) => patiently(() => log.position(runId, seq)),
    readAll: (page) => patiently(() => log.readAll(page)),
    lastGlobalPosition: () => patiently(() => log.lastGlobalPosition()),
    reaches: (mark) => patiently(() => log.reaches(mark)),
    list: (query) => patiently(() => log.list(query)),
    listPage: (query, signal) => patiently(() => log.listPage(query, signal)),
    liveRuns: () => patiently(() => log.liveRuns()),
    endedRuns: (page) => patiently(() => log.endedRuns(page)),
    usageOfDay: (day, owner) => patiently(() => log.usageOfDay(day, owner)),
    usedBytes: () => patiently(() => log.usedBytes()),
    remove: (runId) => patiently(() => log.remove(runId)),
    delete: (runId, by) => patiently(() => log.delete(runId, by)),
    purge: () => patiently(() => log.purge()),
    stalledMs(runId) {
      const sinceMs = stalled.get(runId);
      return sinceMs === undefined ? undefined : clock.elapsed() - sinceMs;
    },
  };
}
