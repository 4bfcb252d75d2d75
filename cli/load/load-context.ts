import type { Stagewire } from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import type { Figures } from './figures.ts';
import type { LoadSettings } from './load-settings.ts';

/** What a run of the load test needs. */
export interface LoadContext {
  readonly url: string;
  readonly token: string | undefined;
  readonly settings: LoadSettings;
  /** For starts and commands; each subscriber has a client of its own. */
  readonly control: Stagewire;
  readonly clock: Clock;
  /** A clock for durations, with a resolution below one millisecond. */
  readonly nowMs: () => number;
  readonly newId: () => string;
  /** Called with the id of each run before its start. */
  readonly onStart: (runId: string) => void;
  /** Where this run is counted; the figures of the warm-up are discarded. */
  readonly figures: Figures;
}
