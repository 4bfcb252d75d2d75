import { parseAmount, unitMs } from '@stagewire/shared/units/amount';
import { InvalidArgumentError } from 'commander';

/** A moment, as an instant, or in milliseconds before the present. */
export type Since = { readonly instant: string } | { readonly agoMs: number };

/** `24h`, `7d`, or an ISO 8601 instant. @throws InvalidArgumentError */
export function parseSince(text: string): Since {
  const agoMs = parseAmount(text, { units: unitMs, allowed: ['s', 'm', 'h', 'd'], isWhole: true });
  if (agoMs !== undefined) return { agoMs };
  const atMs = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError(
      'Expected a duration such as 24h or 7d, or an instant such as 2026-11-28T08:00:00Z.',
    );
  return { instant: new Date(atMs).toISOString() };
}

/** The instant, in ISO 8601. @param now ISO 8601. */
export function instantOf(since: Since, now: string): string {
  if ('instant' in since) return since.instant;
  return new Date(Math.max(0, Date.parse(now) - since.agoMs)).toISOString();
}
