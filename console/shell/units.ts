import type { Cost, TotalCost, Usage } from '@stagewire/client';
import { amountText, grouped } from '@stagewire/client';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A short number: 950, 1.2k, 34k. */
export function shortCount(amount: number): string {
  if (amount < 1000) return String(Math.round(amount));
  const thousands = amount / 1000;
  return thousands < 10 ? `${thousands.toFixed(1)}k` : `${Math.round(thousands)}k`;
}

/** ` (800 cached)`, or '' if the provider reported no cached input tokens. */
export function cachedSuffix({ cachedInputTokens = 0 }: Pick<Usage, 'cachedInputTokens'>): string {
  return cachedInputTokens === 0 ? '' : ` (${grouped(cachedInputTokens)} cached)`;
}

/**
 * A cost where there is little room: `0.0123 USD`, `≈0.0123 USD` for an estimate, `≥0.0123 USD` if the cost of an attempt
 * is unknown.
 *
 * @param known A currency that is named elsewhere, and is omitted. @default none
 */
export function shortCost(cost: Cost | TotalCost, known?: string): string {
  const isPartial = 'unpricedAttempts' in cost && cost.unpricedAttempts > 0;
  const sign = isPartial ? '≥' : cost.estimated === true ? '≈' : '';
  return `${sign}${amountText(cost.amount)}${cost.currency === known ? '' : ` ${cost.currency}`}`;
}

/** `14:03:22`, with the day if it is not today. */
export function timeOfDay(at: string | number, nowMs: number): string {
  const date = new Date(at);
  const sameDay = new Date(nowMs).toDateString() === date.toDateString();
  return sameDay ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** `now`, `40 s ago`, `5 min ago`, `3 h ago` or `12 May`. */
export function ago(at: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(at)) / 1000;
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return day.format(new Date(at));
}

/**
 * The error text for a text that is longer than the server accepts. Fields do not truncate: pasted text would be lost
 * silently.
 */
export function tooLong({ length }: string, maxChars: number): string | undefined {
  return length <= maxChars ? undefined : `${grouped(length)} characters; the limit is ${grouped(maxChars)}.`;
}
