import type { RunSummary } from '@stagewire/shared';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { nextTurn } from '../runtime/wait.ts';

export interface RetentionOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a run is kept after its end, in milliseconds; Infinity for no limit. */
  readonly keepRunsForMs: number;
  /** Log size in bytes above which the runs queued first are removed before their time; Infinity for no limit. */
  readonly keepBytes: number;
  /** A run with subscribers is kept until a later sweep. */
  hasSubscribers(runId: string): boolean;
  /**
   * Runs a sweep unless another node is sweeping the same log; `undefined` then. Several sweepers would each
   * remove the excess. @default runs it
   */
  readonly withSweepLock?: (<T>(sweep: () => Promise<T>) => Promise<T | undefined>) | undefined;
  /**
   * Minimum time that a run is kept after its end, whatever the log size, so that subscribers can resume. In
   * milliseconds. @default 600000
   */
  readonly graceMs?: number;
  /** Delay between two sweeps, in milliseconds. @default 60000 */
  readonly sweepEveryMs?: number;
  /**
   * Nothing is removed for this long after the clock has jumped, or looked wrong at the start, in milliseconds.
   * @default 3600000
   */
  readonly clockJumpPauseMs?: number;
}

/** Removes whole ended runs when they are older than the limit, or when the log is larger than the limit. */
export interface Retention {
  /** Sweeps now and periodically until `stop`. */
  start(): void;
  /**
   * Removes what is due. Resolves with the number of removed runs; with fewer if it is stopped during the
   * sweep, and with 0 if another node sweeps.
   */
  sweep(): Promise<number>;
  /** Finishes the removal in progress and starts no other. */
  stop(): Promise<void>;
}

const runsPerPage = 100;

/** The clock may drift this much between two sweeps, in milliseconds: NTP adjusts it. */
const jumpToleranceMs = 60_000;
/** A clock this far ahead of the newest run may be wrong, in milliseconds; or the server was idle. */
const plausibleGapMs = 24 * 60 * 60 * 1000;

/** Removes one run after the other in small steps, so that a sweep does not block other work. */
export function createRetention(options: RetentionOptions): Retention {
  const { log, clock, logger, keepRunsForMs, keepBytes, hasSubscribers } = options;
  const { graceMs = 600_000, sweepEveryMs = 60_000, clockJumpPauseMs = 3_600_000 } = options;
  const { withSweepLock = (work) => work() } = options;
  /** Wall clock minus monotonic clock at the last sweep. */
  let offsetMs: number | undefined;
  let pausedUntilMs = -Infinity;
  let stopped = false;
  let cancelNext = () => {};
  let sweeping: Promise<unknown> = Promise.resolve();

  async function sweep(): Promise<number> {
    if (keepRunsForMs === Infinity && keepBytes === Infinity) return 0;
    // The earlier one: a removal cannot be undone.
    const nowMs = Math.min(clock.now(), clock.wall());
    if (await isClockSuspect()) return 0;
    let removed = 0;
    // Also counts the runs' own bytes: where a log does not free its space at once, its size alone would remove
    // every run.
    let excessBytes = (await log.usedBytes()) - keepBytes;
    let isOverLimit = excessBytes > 0;
    for await (const run of endedRuns()) {
      if (stopped) break;
      // Runs come in the order of their start: none after this one can have ended before it was queued.
      if (!isOverLimit && nowMs - Date.parse(run.queuedAt) <= keepRunsForMs) break;
      const endedForMs = nowMs - Date.parse(run.endedAt ?? run.queuedAt);
      const isDue = endedForMs > keepRunsForMs || (isOverLimit && endedForMs > graceMs);
      if (!isDue || hasSubscribers(run.runId)) continue;
      if (isOverLimit) excessBytes -= await bytesOf(run.runId);
      await log.remove(run.runId);
      removed += 1;
      if (isOverLimit) isOverLimit = excessBytes > 0 && (await log.usedBytes()) > keepBytes;
    }
    if (removed > 0) logger.info({ removed }, 'retention removed runs');
    return removed;
  }

  /** The run's size, from the index. */
  async function bytesOf(runId: string): Promise<number> {
    const head = await log.head(runId);
    return head !== undefined && 'bytes' in head ? head.bytes : 0;
  }

  /** Reads the clock more than once: a short jump would make every run look too old. */
  async function isClockSuspect(): Promise<boolean> {
    const before = offsetMs;
    offsetMs = clock.wall() - clock.elapsed();
    const [newest] = before === undefined ? await log.list({ limit: 1 }) : [];
    const gapMs = newest === undefined ? 0 : clock.wall() - Date.parse(newest.queuedAt);
    const jumpMs = before === undefined ? 0 : offsetMs - before;
    if (Math.abs(jumpMs) > jumpToleranceMs || gapMs > plausibleGapMs) {
      pausedUntilMs = clock.elapsed() + clockJumpPauseMs;
      const why = gapMs > plausibleGapMs ? { gapMs } : { jumpMs };
      logger.warn({ ...why, clockJumpPauseMs }, 'the clock may be wrong; retention is paused');
    }
    return clock.elapsed() < pausedUntilMs;
  }

  async function* endedRuns(): AsyncGenerator<RunSummary, void, void> {
    let last: RunSummary | undefined;
    for (;;) {
      const page = await log.endedRuns({
        limit: runsPerPage,
        ...(last === undefined ? {} : { after: last }),
      });
      yield* page;
      last = page.at(-1);
      if (page.length < runsPerPage) return;
      await nextTurn(clock);
    }
  }

  async function sweepAlone(): Promise<number> {
    return (await withSweepLock(sweep)) ?? 0;
  }

  function sweepRepeatedly(): void {
    // What a crash or a full disk left of deleted runs must not stay until another run is removed.
    log.purge().catch((error: unknown) => {
      if (!stopped) logger.warn({ error }, 'the data of removed runs was not purged; it will be retried');
    });
    sweeping = sweepAlone()
      .catch((error: unknown) => {
        // Writers report a failing log; the next sweep catches up.
        if (!stopped) logger.warn({ error }, 'a retention sweep failed; it will be retried');
      })
      .then(() => {
        if (!stopped) cancelNext = clock.after(sweepEveryMs, sweepRepeatedly);
      });
  }

  return {
    start: sweepRepeatedly,
    sweep: sweepAlone,
    async stop() {
      stopped = true;
      cancelNext();
      await sweeping;
    },
  };
}
