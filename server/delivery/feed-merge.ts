import { mergeDeltas } from '@stagewire/shared';
import type { EventOf } from '@stagewire/shared';
import type { TailBudget } from './tail-budget.ts';

type Delta = EventOf<'stage.delta'>;

/** The unsent text of each run for one feed subscriber, coalesced as it arrives. */
export interface FeedMerge {
  /** Adds a delta; returns the previous one if the two cannot be merged: it must be sent first. */
  add(delta: Delta): Delta | undefined;
  /** Removes and returns the text of the run that became pending first; `undefined` if there is none. */
  take(): Delta | undefined;
  /** Deltas that were merged into others since the last call. */
  takeMerged(): number;
  /** Discards the pending text of a run. */
  drop(runId: string): void;
  /** Is so much text pending that it should be sent now? */
  readonly isFull: boolean;
  /** Discards pending text. */
  close(): void;
}

/** Pending deltas of one subscriber when the shared budget is exhausted, in bytes: the charge of a subscription. */
const minBytes = 8 * 1024;
/** Approximate size of a pending delta without its text: hundreds of runs may have one character each. */
const deltaBytes = 300;

/** @param budget Shared by all subscribers: one is limited by `maxChars`, but thousands would take gigabytes. */
export function createFeedMerge(budget: TailBudget, maxChars: number): FeedMerge {
  const pending = new Map<string, Delta>();
  let chars = 0;
  let countedBytes = 0;
  let mergedDeltas = 0;

  function count(moreChars: number): void {
    chars += moreChars;
    const bytes = chars * 2 + pending.size * deltaBytes;
    budget.add(bytes - countedBytes);
    countedBytes = bytes;
  }

  return {
    add(delta) {
      const before = pending.get(delta.runId);
      const merged = before === undefined ? delta : mergeDeltas(before, delta);
      if (merged?.type === 'stage.delta') {
        pending.set(delta.runId, merged);
        if (before !== undefined) mergedDeltas += 1;
        count(delta.text.length);
        return undefined;
      }
      pending.set(delta.runId, delta);
      count(delta.text.length - (before?.text.length ?? 0));
      return before;
    },
    take() {
      for (const [runId, delta] of pending) {
        pending.delete(runId);
        count(-delta.text.length);
        return delta;
      }
      return undefined;
    },
    takeMerged() {
      const taken = mergedDeltas;
      mergedDeltas = 0;
      return taken;
    },
    drop(runId) {
      const delta = pending.get(runId);
      if (pending.delete(runId)) count(-(delta?.text.length ?? 0));
    },
    get isFull() {
      return chars >= maxChars || (budget.isFull && countedBytes >= minBytes);
    },
    close() {
      pending.clear();
      count(-chars);
    },
  };
}
