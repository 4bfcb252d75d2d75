import { LogUnavailable } from '../../server/log/event-log.ts';
import type { RandomSource } from '../../server/runtime/random.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { wait } from '../../server/runtime/wait.ts';

/** How the network between a node and the store behaves; may be changed at any time. */
export interface SimLinkFaults {
  isUp: boolean;
  /** What is asked arrives, but is done only afterwards: the store is frozen, or the connection is waited for. */
  isHeld: boolean;
  /** The longest way in one direction, in milliseconds. */
  latencyMs: number;
  /** Probabilities. */
  lostAnswers: number;
  lostNotifications: number;
  doubledNotifications: number;
}

/** The network between one node and the store. */
export interface SimLink {
  readonly faults: SimLinkFaults;
  /** Asks the store something; what it does there has happened although the answer may be lost. @throws LogUnavailable */
  ask<Answer>(work: () => Promise<Answer>): Promise<Answer>;
  /** Sends something that may be late, doubled or lost, to `deliver`. */
  notify(deliver: () => void): void;
}

const heldPollMs = 20;

export function createSimLink(clock: Clock, random: RandomSource): SimLink {
  const faults: SimLinkFaults = {
    isUp: true,
    isHeld: false,
    latencyMs: 3,
    lostAnswers: 0,
    lostNotifications: 0,
    doubledNotifications: 0,
  };
  const happens = (probability: number) => probability > 0 && random.next() < probability;
  const way = () => wait(clock, Math.ceil(random.next() * faults.latencyMs));

  return {
    faults,
    async ask(work) {
      await way();
      while (faults.isHeld) await wait(clock, Math.ceil(heldPollMs * random.next()));
      if (!faults.isUp) throw new LogUnavailable('the store is not reached');
      const answer = await work();
      await way();
      if (faults.isUp && !happens(faults.lostAnswers)) return answer;
      throw new LogUnavailable('the store has not answered', { outcome: 'unknown' });
    },
    notify(deliver) {
      if (happens(faults.doubledNotifications)) void way().then(deliver);
      void way().then(() => {
        if (faults.isUp && !happens(faults.lostNotifications)) deliver();
      });
    },
  };
}
