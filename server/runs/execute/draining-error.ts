import { StagewireError } from '@stagewire/shared';

/** The rejection while the server stops, or before it has recovered a run. */
export function drainingError(): StagewireError {
  return new StagewireError('DRAINING', 'the server is about to stop; send it again');
}
