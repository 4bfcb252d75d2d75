import { z } from 'zod';

/** The levels of the log of the process, from the most to the least output. */
export const logLevels = ['info', 'warn', 'error'] as const;

/** Which requests and calls are logged. */
export const accessLogModes = ['off', 'errors', 'all'] as const;

export type AccessLogMode = (typeof accessLogModes)[number];

export type LogLevel = (typeof logLevels)[number];

/** The variable is read before the others, so that it also applies to what is wrong with them. */
export const logVariables = {
  STAGEWIRE_ACCESS_LOG: z.enum(accessLogModes, `must be ${accessLogModes.join(', ')}`).default('off'),
  STAGEWIRE_LOG_LEVEL: z.enum(logLevels, `must be ${logLevels.join(', ')}`).default('warn'),
} as const;
