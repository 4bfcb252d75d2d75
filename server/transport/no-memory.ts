import { StagewireError } from '@stagewire/shared';

/** The refusal of what the memory account has no room for at the moment. @param what is refused: `this answer` */
export function noMemoryFor(what: string): StagewireError {
  return new StagewireError('OVERLOADED', `the server has no memory for ${what} just now; try again later`);
}
