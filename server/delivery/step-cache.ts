import type { TailPosition, TailStep } from './tail-step.ts';
import { bytesOfEvent } from './tail-budget.ts';

/** The steps that a tail has created, for subscribers that ask for the same ones. */
export interface StepCache {
  find(position: TailPosition): TailStep | undefined;
  /** @param most How many final steps are kept; the oldest ones go. */
  keep(position: TailPosition, step: TailStep, most: number): void;
  /** A commit may have added to growing steps. */
  dropGrowing(): void;
  dropFinal(): void;
}

/** @param charge Called with the bytes of final steps that are kept, and with a negative number when they go. */
export function createStepCache(charge: (bytes: number) => void): StepCache {
  const growing = new Map<string, TailStep>();
  const final = new Map<string, TailStep>();
  /** The latest one, which nearly all subscribers ask for after a commit: comparing is cheaper than a key for each. */
  let latest: (TailPosition & { readonly step: TailStep }) | undefined;

  function keepFinal(most: number): void {
    for (const [key, step] of final) {
      if (final.size <= most) return;
      charge(-bytesOfEvent(step.event));
      final.delete(key);
    }
  }

  return {
    find(position) {
      const { sent, scanned, withReasoning } = position;
      if (latest?.sent === sent && latest.scanned === scanned && latest.withReasoning === withReasoning)
        return latest.step;
      const key = keyOf(position);
      return final.get(key) ?? growing.get(key);
    },
    keep(position, step, most) {
      const { sent, scanned, withReasoning } = position;
      const key = keyOf(position);
      latest = { sent, scanned, withReasoning, step };
      if (step.isGrowing) growing.set(key, step);
      else {
        final.set(key, step);
        charge(bytesOfEvent(step.event));
        keepFinal(most);
      }
    },
    dropGrowing() {
      growing.clear();
      latest = undefined;
    },
    dropFinal() {
      keepFinal(0);
      latest = undefined;
    },
  };
}

function keyOf({ sent, scanned, withReasoning }: TailPosition): string {
  return `${sent}/${scanned}/${withReasoning}`;
}
