import type { ErrorCode } from '@stagewire/shared';

/** The refusals that a well-formed command may meet at any time of its run: by the state that the run is in. */
export const refusalsByState = [
  'RUN_ENDED',
  'STAGE_MISMATCH',
  'ILLEGAL_TARGET',
  'LIMIT_REACHED',
  'TOO_MANY_PENDING',
] as const satisfies readonly ErrorCode[];

/** The same by the state of the server: also a command that has its receipt already may meet these. */
export const refusalsByServer = ['LOG_UNAVAILABLE', 'DRAINING'] as const satisfies readonly ErrorCode[];
