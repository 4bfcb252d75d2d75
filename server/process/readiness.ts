import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';

/** Should new work be sent here? What `/readyz` answers. */
export interface Readiness {
  isReady(): Promise<boolean>;
  /** From now on: no. */
  end(): void;
}

/** The log is tried at most so often, however often it is asked: a try writes some pages. */
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
          // That it cannot be written is the answer.
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
