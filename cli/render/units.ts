import type { Cost, TotalCost, Usage } from '@stagewire/client';
import { costText } from '@stagewire/shared/units/cost';
import { counted, grouped } from '@stagewire/shared/units/count';
import { duration } from '@stagewire/shared/units/duration';
import { cleanLine } from './clean-text.ts';

/** A duration that is often below a second: `22 ms`, otherwise the format of `duration`. */
export function latency(ms: number): string {
  return ms < 1000 ? `${Math.max(0, Math.floor(ms))} ms` : duration(ms);
}

/** `8,489 in, 2,595 out`, with a note if the numbers are not exact. */
export function tokens(usage: Usage): string {
  const doubt = { final: '', partial: ' at least', estimated: ' estimated' }[usage.source];
  const cached = usage.cachedInputTokens ?? 0;
  const ofCache = cached === 0 ? '' : ` (${grouped(cached)} from a cache)`;
  return `${grouped(usage.inputTokens)} in${ofCache}, ${grouped(usage.outputTokens)} out${doubt === '' ? '' : `,${doubt}`}`;
}

/** `, 0.0123 USD`, or '' if the cost is unknown or 0. */
export function costSuffix(cost: Cost | undefined): string {
  return cost === undefined || cost.amount === '0' ? '' : `, ${cleanLine(costText(cost))}`;
}

/** `at least 0.0123 USD, 2 attempts without a price`. */
export function totalCostText(cost: TotalCost): string {
  const { unpricedAttempts } = cost;
  const unpriced = unpricedAttempts === 0 ? '' : `, ${counted(unpricedAttempts, 'attempt')} without a price`;
  return `${cleanLine(costText(cost))}${unpriced}`;
}
