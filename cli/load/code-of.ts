import { StagewireClientError, StagewireError } from '@stagewire/client';

/** The code of a failed call; `UNKNOWN` for an error that is neither of the server nor of its client. */
export function codeOf(error: unknown): string {
  return error instanceof StagewireError || error instanceof StagewireClientError ? error.code : 'UNKNOWN';
}
