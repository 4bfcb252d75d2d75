import { amountText } from './cost.ts';
import { grouped } from './count.ts';

/** What the texts read of a `Quota`. */
export interface ShownQuota {
  /** A `LimitName`, or one of a later version. */
  readonly limit: string;
  /** The limit; of `costPerDay` a decimal amount. */
  readonly max: number | string;
  /** How much of it is used. @default unknown */
  readonly used?: number | string | undefined;
  /** When `used` becomes 0 again. @default it is not counted by the day */
  readonly resetAt?: string | undefined;
}

const labels: Readonly<Record<string, string>> = {
  connections: 'connections',
  subscriptions: 'subscriptions',
  commandsPerMinute: 'commands per minute',
  startsPerMinute: 'starts per minute',
  runningRuns: 'running runs',
  queuedRuns: 'queued runs',
  tokensPerDay: 'tokens per day',
  costPerDay: 'cost per day',
};

/** Share of a limit from which on it is near. */
const nearShare = 0.8;

/** What is limited, for display: `tokens per day`. */
export function quotaLabel({ limit }: Pick<ShownQuota, 'limit'>): string {
  return labels[limit] ?? limit;
}

/**
 * How much of a limit is used, for display: `9,500 of 10,000`, or `at most 10,000` if that is unknown.
 *
 * @param currency Of the price list of the server. @default not named
 */
export function quotaText({ max, used }: ShownQuota, currency?: string): string {
  const unit = typeof max === 'string' && currency !== undefined ? ` ${currency}` : '';
  const text = (value: number | string) => (typeof value === 'number' ? grouped(value) : amountText(value));
  return used === undefined ? `at most ${text(max)}${unit}` : `${text(used)} of ${text(max)}${unit}`;
}

/** Is a limit used by four fifths? `false` if what is used is unknown. */
export function isQuotaNear({ max, used }: ShownQuota): boolean {
  return used !== undefined && Number(used) >= nearShare * Number(max);
}
