import type { Stagewire } from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import type { Figures } from './figures.ts';
import type { LoadSettings } from './load-settings.ts';

/** What one run under load is given. */
export interface LoadContext {
  readonly url: string;
  readonly settings: LoadSettings;
  /** For starts and commands; each follower has a client of its own. */
  readonly control: Stagewire;
  readonly clock: Clock;
  /** A clock for durations, finer than milliseconds. */
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Where this run is counted: those of the warm-up have figures that nobody reads. */
  readonly figures: Figures;
}
