import type { EventOf, FeedEvent, RunEvent } from '@stagewire/shared';
import type { GlobalEntry } from '../log/event-log.ts';

/** Memory budget of the tails of all runs. */
export interface TailBudget {
  /** Adds bytes, or subtracts if negative. */
  add(bytes: number): void;
  /** Over the limit: a tail that adds evicts what it can read again. */
  readonly isFull: boolean;
}

export function createTailBudget(maxBytes: number): TailBudget {
  let usedBytes = 0;
  return {
    add(bytes) {
      usedBytes += bytes;
    },
    get isFull() {
      return usedBytes > maxBytes;
    },
  };
}

/** Estimated memory of an event: its object, and its text at two bytes per UTF-16 unit. */
export function bytesOfEvent(event: RunEvent | FeedEvent): number {
  switch (event.type) {
    case 'stage.delta':
    case 'stage.reasoning':
    case 'input.recorded':
      return 300 + event.text.length * 2;
    case 'run.queued':
      return 1000 + (event.task.length + charsOf(event.instructions)) * 2;
    default:
      return 1000;
  }
}

function charsOf(instructions: EventOf<'run.queued'>['instructions']): number {
  return Object.values(instructions).reduce((sum, text) => sum + text.length, 0);
}

export function bytesOfEntries(entries: readonly GlobalEntry[]): number {
  return entries.reduce((sum, { event }) => sum + bytesOfEvent(event), 0);
}
