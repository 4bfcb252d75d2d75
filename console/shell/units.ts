import type { Usage } from '@stagewire/client';
import { grouped } from '@stagewire/client';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** 950, 1.2k, 34k: where there is little room. */
export function shortCount(amount: number): string {
  if (amount < 1000) return String(Math.round(amount));
  const thousands = amount / 1000;
  return thousands < 10 ? `${thousands.toFixed(1)}k` : `${Math.round(thousands)}k`;
}

/** ` (800 cached)`: of the input, where the provider tells of any. */
export function cachedWords({ cachedInputTokens = 0 }: Pick<Usage, 'cachedInputTokens'>): string {
  return cachedInputTokens === 0 ? '' : ` (${grouped(cachedInputTokens)} cached)`;
}

/** 14:03:22, with the day if it is not today. */
export function instant(at: string | number, nowMs: number): string {
  const date = new Date(at);
  const sameDay = new Date(nowMs).toDateString() === date.toDateString();
  return sameDay ? clock.format(date) : `${day.format(date)} ${clock.format(date)}`;
}

/** now, 40 s ago, 5 min ago, 3 h ago, 12 May */
export function ago(at: string, nowMs: number): string {
  const seconds = (nowMs - Date.parse(at)) / 1000;
  if (seconds < 5) return 'now';
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return day.format(new Date(at));
}

/**
 * What to say of a text that is longer than the server takes. It is not cut: a field that does so swallows what was
 * pasted without a word.
 */
export function tooLong({ length }: string, most: number): string | undefined {
  return length <= most ? undefined : `${grouped(length)} characters; ${grouped(most)} can be sent.`;
}
