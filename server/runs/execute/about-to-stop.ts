import { StagewireError } from '@stagewire/shared';

/** What is refused while the server stops, or before it has taken up a run. */
export function aboutToStop(): StagewireError {
  return new StagewireError('DRAINING', 'the server is about to stop; send it again');
}
