import type { RunEvent } from '../events.ts';

/**
 * What holds of the events of every run, whatever happens to it. Gives a sentence for each violation, nothing if there is
 * none.
 *
 * @param events Of one run, from its first, in order, without transient ones; neighbouring deltas may be merged.
 */
export type RunInvariant = (events: readonly RunEvent[]) => readonly string[];
