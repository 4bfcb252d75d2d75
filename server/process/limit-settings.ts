import { z } from 'zod';
import type { LimitSettings, ScopeLimits } from '../limits/limit-settings.ts';

/** A part of `Config`. */
export interface LimitsConfig {
  /** Of owners, and of all owners together. @default nothing is limited */
  readonly limits?: LimitSettings;
  /** Connections at the same time. @default 10000 */
  readonly maxConnections?: number;
}

const counted = amountOf(1_000_000_000, 'must be a number from 1 to 1000000000, or unlimited').default(
  Infinity,
);
const tokens = amountOf(1e15, 'must be a number of tokens from 1 to 1000000000000000, or unlimited').default(
  Infinity,
);
const moneyForm = 'must be an amount such as 25 or 12.50, or unlimited';
const money = z
  .string()
  .regex(/^(?:unlimited|\d{1,12}(?:\.\d{1,12})?)$/, moneyForm)
  .refine((text) => text === 'unlimited' || Number(text) > 0, moneyForm)
  .transform((text) => (text === 'unlimited' ? undefined : text))
  .optional();

/** The limits of owners and of the server. */
export const limitVariables = {
  STAGEWIRE_MAX_CONNECTIONS: amountOf(1_000_000, 'must be a number of connections from 1 to 1000000').default(
    10_000,
  ),
  STAGEWIRE_MAX_SUBSCRIPTIONS: counted,
  STAGEWIRE_MAX_QUEUED: amountOf(1_000_000, 'must be a number of runs from 1 to 1000000').default(10_000),
  STAGEWIRE_COMMANDS_PER_MINUTE: counted,
  STAGEWIRE_STARTS_PER_MINUTE: counted,
  STAGEWIRE_TOKENS_PER_DAY: tokens,
  STAGEWIRE_COST_PER_DAY: money,
  STAGEWIRE_OWNER_MAX_CONNECTIONS: counted,
  STAGEWIRE_OWNER_MAX_SUBSCRIPTIONS: counted,
  STAGEWIRE_OWNER_MAX_RUNNING: counted,
  STAGEWIRE_OWNER_MAX_QUEUED: counted,
  STAGEWIRE_OWNER_COMMANDS_PER_MINUTE: counted,
  STAGEWIRE_OWNER_STARTS_PER_MINUTE: counted,
  STAGEWIRE_OWNER_TOKENS_PER_DAY: tokens,
  STAGEWIRE_OWNER_COST_PER_DAY: money,
} as const;

const LimitVariables = z.object(limitVariables);
/** What the variables hold. */
export type LimitValues = z.output<typeof LimitVariables>;

/** The limits of the configuration. @param currency Of the price list, if there is one. */
export function limitsOf(values: LimitValues, currency: string | undefined): LimitsConfig {
  const server: ScopeLimits = {
    // The sockets themselves are limited, before it is known whose they are.
    connections: Infinity,
    subscriptions: values.STAGEWIRE_MAX_SUBSCRIPTIONS,
    commandsPerMinute: values.STAGEWIRE_COMMANDS_PER_MINUTE,
    startsPerMinute: values.STAGEWIRE_STARTS_PER_MINUTE,
    queuedRuns: values.STAGEWIRE_MAX_QUEUED,
    tokensPerDay: values.STAGEWIRE_TOKENS_PER_DAY,
    costPerDay: values.STAGEWIRE_COST_PER_DAY,
  };
  const owner = {
    connections: values.STAGEWIRE_OWNER_MAX_CONNECTIONS,
    subscriptions: values.STAGEWIRE_OWNER_MAX_SUBSCRIPTIONS,
    runningRuns: values.STAGEWIRE_OWNER_MAX_RUNNING,
    queuedRuns: values.STAGEWIRE_OWNER_MAX_QUEUED,
    commandsPerMinute: values.STAGEWIRE_OWNER_COMMANDS_PER_MINUTE,
    startsPerMinute: values.STAGEWIRE_OWNER_STARTS_PER_MINUTE,
    tokensPerDay: values.STAGEWIRE_OWNER_TOKENS_PER_DAY,
    costPerDay: values.STAGEWIRE_OWNER_COST_PER_DAY,
  };
  return {
    limits: { owner, server, ...(currency === undefined ? {} : { currency }) },
    maxConnections: values.STAGEWIRE_MAX_CONNECTIONS,
  };
}

/** Without prices no cost is known, and its limit would never be reached. */
export function limitProblems(
  values: LimitValues & { readonly STAGEWIRE_PRICES?: string | undefined },
): string[] {
  if (values.STAGEWIRE_PRICES !== undefined) return [];
  return (['STAGEWIRE_COST_PER_DAY', 'STAGEWIRE_OWNER_COST_PER_DAY'] as const)
    .filter((name) => values[name] !== undefined)
    .map((name) => `${name} is set without prices. Set STAGEWIRE_PRICES.`);
}

/** A whole number; `unlimited` is Infinity where the message offers it. */
function amountOf(most: number, allowed: string) {
  return z
    .string()
    .regex(allowed.endsWith('unlimited') ? /^(?:\d{1,16}|unlimited)$/ : /^\d{1,16}$/, allowed)
    .transform((text) => (text === 'unlimited' ? Infinity : Number(text)))
    .refine((value) => value === Infinity || (value >= 1 && value <= most), allowed);
}
