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
  /** However much there is, a run is kept so long after its end, so that its followers can come back for it. In milliseconds. @default 600000 */
  readonly graceMs?: number;
  /** From the end of one sweep to the beginning of the next, in milliseconds. @default 60000 */
  readonly sweepEveryMs?: number;
}

/** Removes finished runs whole when they have been kept long enough, or when there are too many of them. */
export interface Retention {
  /** Sweeps now and again from time to time, until `stop`. */
  start(): void;
  /** Removes what is due. Resolves with how many runs that were; with fewer if it is stopped meanwhile. */
  sweep(): Promise<number>;
  /** Lets a removal that is under way come to its end, and begins no other. */
  stop(): Promise<void>;
}

const runsPerPage = 100;

/** One run after the other, each in small steps of its own: nobody waits for a sweep. */
export function createRetention(options: RetentionOptions): Retention {
  const { log, clock, logger, keepRunsForMs, keepBytes, isFollowed } = options;
  const { graceMs = 600_000, sweepEveryMs = 60_000 } = options;
  let stopped = false;
  let cancelNext = () => {};
  let sweeping: Promise<unknown> = Promise.resolve();

  async function sweep(): Promise<number> {
    if (keepRunsForMs === Infinity && keepBytes === Infinity) return 0;
    let removed = 0;
    let isTooBig = (await log.usedBytes()) > keepBytes;
    for await (const run of endedRuns()) {
      if (stopped) break;
      // Runs come in the order in which they were queued: nobody behind this one has ended earlier than it was queued.
      if (!isTooBig && clock.now() - Date.parse(run.queuedAt) <= keepRunsForMs) break;
      const endedForMs = clock.now() - Date.parse(run.endedAt ?? run.queuedAt);
      const isDue = endedForMs > keepRunsForMs || (isTooBig && endedForMs > graceMs);
      if (!isDue || isFollowed(run.runId)) continue;
      await log.remove(run.runId);
      removed += 1;
      if (isTooBig) isTooBig = (await log.usedBytes()) > keepBytes;
    }
    if (removed > 0) logger.info({ removed }, 'retention has removed runs');
    return removed;
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

  function sweepAgainAndAgain(): void {
    sweeping = sweep()
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
    sweep,
    async stop() {
      stopped = true;
      cancelNext();
      await sweeping;
    },
  };
}
