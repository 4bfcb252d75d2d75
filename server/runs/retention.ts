import type { RunSummary } from '@stagewire/shared';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { nextTurn } from '../runtime/wait.ts';

export interface RetentionOptions {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long a run is kept after its end, in milliseconds; Infinity for ever. */
  readonly keepRunsForMs: number;
  /** Above so many bytes of log the runs that were queued first go before their time; Infinity for no bound. */
  readonly keepBytes: number;
  /** A run somebody follows just now stays until a later sweep. */
  isFollowed(runId: string): boolean;
  /**
   * Does a sweep unless another node is sweeping the same log just now; `undefined` then. One sweeper is enough, and
   * several would each remove what is too much. @default does it
   */
  readonly asOnlySweeper?: (<T>(sweep: () => Promise<T>) => Promise<T | undefined>) | undefined;
  /** However much there is, a run is kept so long after its end, so that its followers can come back for it. In milliseconds. @default 600000 */
  readonly graceMs?: number;
  /** From the end of one sweep to the beginning of the next, in milliseconds. @default 60000 */
  readonly sweepEveryMs?: number;
  /** Nothing is removed for so long after the clock has leapt, or looked wrong at the start, in milliseconds. @default 3600000 */
  readonly leapHoldMs?: number;
}

/** Removes finished runs whole when they have been kept long enough, or when there are too many of them. */
export interface Retention {
  /** Sweeps now and again from time to time, until `stop`. */
  start(): void;
  /**
   * Removes what is due. Resolves with how many runs that were; with fewer if it is stopped meanwhile, and with 0 if
   * another node sweeps.
   */
  sweep(): Promise<number>;
  /** Lets a removal that is under way come to its end, and begins no other. */
  stop(): Promise<void>;
}

const runsPerPage = 100;

/** The clock may gain or lose this much between two sweeps, in milliseconds: NTP does. */
const leapToleranceMs = 60_000;
/** A clock this far ahead of the newest run may be wrong, in milliseconds; or nobody has used the server. */
const plausibleGapMs = 24 * 60 * 60 * 1000;

/** One run after the other, each in small steps of its own: nobody waits for a sweep. */
export function createRetention(options: RetentionOptions): Retention {
  const { log, clock, logger, keepRunsForMs, keepBytes, isFollowed } = options;
  const { graceMs = 600_000, sweepEveryMs = 60_000, leapHoldMs = 3_600_000 } = options;
  const { asOnlySweeper = (work) => work() } = options;
  /** What the clock showed at the last sweep beyond the time that had passed. */
  let offsetMs: number | undefined;
  let heldUntilMs = -Infinity;
  let stopped = false;
  let cancelNext = () => {};
  let sweeping: Promise<unknown> = Promise.resolve();

  async function sweep(): Promise<number> {
    if (keepRunsForMs === Infinity && keepBytes === Infinity) return 0;
    // The one that is behind: what it removes is gone for good.
    const nowMs = Math.min(clock.now(), clock.wall());
    if (await mayBeWrong()) return 0;
    let removed = 0;
    // By the runs' own bytes too: where a log does not give its space back at once, its size alone would have every
    // run removed.
    let excessBytes = (await log.usedBytes()) - keepBytes;
    let isTooBig = excessBytes > 0;
    for await (const run of endedRuns()) {
      if (stopped) break;
      // Runs come in the order in which they were queued: nobody behind this one has ended earlier than it was queued.
      if (!isTooBig && nowMs - Date.parse(run.queuedAt) <= keepRunsForMs) break;
      const endedForMs = nowMs - Date.parse(run.endedAt ?? run.queuedAt);
      const isDue = endedForMs > keepRunsForMs || (isTooBig && endedForMs > graceMs);
      if (!isDue || isFollowed(run.runId)) continue;
      if (isTooBig) excessBytes -= await bytesOf(run.runId);
      await log.remove(run.runId);
      removed += 1;
      if (isTooBig) isTooBig = excessBytes > 0 && (await log.usedBytes()) > keepBytes;
    }
    if (removed > 0) logger.info({ removed }, 'retention has removed runs');
    return removed;
  }

  /** What the run takes, from the index. */
  async function bytesOf(runId: string): Promise<number> {
    const head = await log.head(runId);
    return head !== undefined && 'bytes' in head ? head.bytes : 0;
  }

  /** By more than one look at the clock: one that leaps for a moment would make every run too old. */
  async function mayBeWrong(): Promise<boolean> {
    const before = offsetMs;
    offsetMs = clock.wall() - clock.elapsed();
    const [newest] = before === undefined ? await log.list({ limit: 1 }) : [];
    const gapMs = newest === undefined ? 0 : clock.wall() - Date.parse(newest.queuedAt);
    const leaptMs = before === undefined ? 0 : offsetMs - before;
    if (Math.abs(leaptMs) > leapToleranceMs || gapMs > plausibleGapMs) {
      heldUntilMs = clock.elapsed() + leapHoldMs;
      const why = gapMs > plausibleGapMs ? { gapMs } : { leaptMs };
      logger.warn({ ...why, leapHoldMs }, 'the clock may be wrong; retention removes nothing for a while');
    }
    return clock.elapsed() < heldUntilMs;
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
    return (await asOnlySweeper(sweep)) ?? 0;
  }

  function sweepAgainAndAgain(): void {
    sweeping = sweepAlone()
      .catch((error: unknown) => {
        // A log that fails is heard of from those who write to it; the next sweep does what this one has not.
        if (!stopped) logger.warn({ error }, 'retention could not sweep; it tries again later');
      })
      .then(() => {
        if (!stopped) cancelNext = clock.after(sweepEveryMs, sweepAgainAndAgain);
      });
  }

  return {
    start: sweepAgainAndAgain,
    sweep: sweepAlone,
    async stop() {
      stopped = true;
      cancelNext();
      await sweeping;
    },
  };
}
