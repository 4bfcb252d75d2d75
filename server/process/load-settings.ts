import { z } from 'zod';
import { limitsOf, limitVariables, type LimitsConfig, type LimitValues } from './limit-settings.ts';

/** How much a server does at the same time: a part of `Config`. */
export interface LoadConfig extends LimitsConfig {
  /** Runs that execute at the same time. @default 1000 */
  readonly maxRunningRuns?: number;
  /** Calls to one provider that are in flight at the same time. @default 1000 */
  readonly maxCallsPerProvider?: number;
}

const maxCalls = 'must be a number of calls from 1 to 100000';

export const loadVariables = {
  ...limitVariables,
  STAGEWIRE_MAX_CALLS: z
    .string()
    .regex(/^\d{1,6}$/, maxCalls)
    .transform(Number)
    .refine((value) => value >= 1 && value <= 100_000, maxCalls)
    .default(1000),
};

/** @param currency Of the price list, if there is one. */
export function loadOf(
  values: LimitValues & { readonly STAGEWIRE_MAX_RUNNING: number; readonly STAGEWIRE_MAX_CALLS: number },
  currency: string | undefined,
): LoadConfig {
  return {
    maxRunningRuns: values.STAGEWIRE_MAX_RUNNING,
    maxCallsPerProvider: values.STAGEWIRE_MAX_CALLS,
    ...limitsOf(values, currency),
  };
}
