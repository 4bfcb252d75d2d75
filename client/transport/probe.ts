import type { StagewireError } from '@stagewire/shared';
import type { StagewireClientError } from './client-error.ts';

/** What became of one question over HTTP, asked once. */
export type Probe =
  | { readonly status: 'answered' }
  | { readonly status: 'refused'; readonly error: StagewireError }
  /** Something answers that is no Stagewire server. */
  | { readonly status: 'foreign'; readonly error: StagewireClientError }
  | { readonly status: 'silent'; readonly cause: unknown };
