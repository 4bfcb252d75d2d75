import type { Clock } from '@stagewire/server/runtime/clock';
import type { Figures } from './figures.ts';
import type { ForeignCallers } from './foreign-callers.ts';
import type { CountedAddress } from './load-address.ts';
import type { LoadSettings } from './load-settings.ts';

/** What a run of the load test needs. */
export interface LoadContext {
  /** At least one. */
  readonly addresses: readonly CountedAddress[];
  readonly settings: LoadSettings;
  readonly foreignCallers: ForeignCallers;
  readonly clock: Clock;
  /** A clock for durations, with a resolution below one millisecond. */
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Called with the id of each run before its start, and the instant of `nowMs`. */
  readonly onStart: (runId: string, atMs: number) => void;
  /** Called with the id of each run that has ended for all of its subscribers. */
  readonly onEnded: (runId: string) => void;
  /** Where this run is counted, in all; the figures of the warm-up are discarded. */
  readonly figures: Figures;
}
