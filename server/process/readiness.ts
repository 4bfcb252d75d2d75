import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';

/** Should new work be sent here? The answer of `/readyz`. */
export interface Readiness {
  isReady(): Promise<boolean>;
  /** Not ready from now on. */
  end(): void;
}

/** Minimum interval between two probes of the log, in milliseconds: a probe writes some pages. */
const triedEveryMs = 1000;

export function createReadiness({ log, clock }: { log: EventLog; clock: Clock }): Readiness {
  let hasEnded = false;
  let triedAtMs = -Infinity;
  let canWrite: Promise<boolean> = Promise.resolve(true);

  return {
    async isReady() {
      if (hasEnded) return false;
      if (clock.now() - triedAtMs >= triedEveryMs) {
        triedAtMs = clock.now();
        canWrite = log.probe().then(
          () => true,
          // A failed probe means not ready.
          () => false,
        );
      }
      return (await canWrite) && !hasEnded;
    },
    end() {
      hasEnded = true;
    },
  };
}
