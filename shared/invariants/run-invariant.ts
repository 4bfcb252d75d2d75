import type { RunEvent } from '../events.ts';

/**
 * A property of the events of every run. Returns one sentence for each violation, and an empty list if there is none.
 *
 * @param events Of one run, from its first, in order, without transient ones; neighbouring deltas may be merged.
 */
export type RunInvariant = (events: readonly RunEvent[]) => readonly string[];
