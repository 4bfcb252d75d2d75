import { parseAmount, unitMs } from '@stagewire/shared/units/amount';
import { InvalidArgumentError } from 'commander';

/** `12h`, `30d` or `never`, in milliseconds; Infinity: never. @throws InvalidArgumentError */
export function parseExpiry(text: string): number {
  if (text === 'never') return Infinity;
  const ms = parseAmount(text, { units: unitMs, allowed: ['s', 'm', 'h', 'd'], isWhole: true });
  if (ms === undefined) throw new InvalidArgumentError('Expected a duration such as 12h or 30d, or never.');
  return ms;
}
