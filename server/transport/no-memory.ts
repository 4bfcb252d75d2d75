import { StagewireError } from '@stagewire/shared';

/**
 * The rejection of something for which the memory account has no capacity now. @param what is rejected: `this answer`
 */
export function noMemoryFor(what: string): StagewireError {
  return new StagewireError('OVERLOADED', `the server has no memory for ${what} just now; try again later`);
}
