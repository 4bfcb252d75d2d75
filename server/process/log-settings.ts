import { z } from 'zod';

/** The levels of the log of the process, from the most to the least output. */
export const logLevels = ['info', 'warn', 'error'] as const;

export type LogLevel = (typeof logLevels)[number];

/** The variable is read before the others, so that it also applies to what is wrong with them. */
export const logVariables = {
  STAGEWIRE_LOG_LEVEL: z.enum(logLevels, `must be ${logLevels.join(', ')}`).default('warn'),
} as const;
