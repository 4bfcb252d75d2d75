import type { StagewireError } from '@stagewire/shared';
import type { StagewireClientError } from './client-error.ts';

/** The result of one HTTP query. */
export type Probe =
  | { readonly status: 'answered' }
  | { readonly status: 'refused'; readonly error: StagewireError }
  /** Another server responds. */
  | { readonly status: 'foreign'; readonly error: StagewireClientError }
  | { readonly status: 'silent'; readonly cause: unknown };
