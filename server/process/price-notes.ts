import { counted } from '@stagewire/shared/units/count';
import type { PriceList } from '../providers/price-list.ts';

/**
 * Lines for the operator about the price list; none without one.
 *
 * @param models `default`, or the name of a role, to a model.
 */
export function priceNotes(
  prices: PriceList | undefined,
  models: Readonly<Record<string, string>>,
): string[] {
  if (prices === undefined) return [];
  const list = `Prices: ${counted(prices.models.size, 'model')} in ${prices.currency}, of ${prices.date}.`;
  const missing = [...new Set(Object.values(models))].filter((model) => !prices.models.has(model));
  if (missing.length === 0) return [list];
  return [`${list} Without a price, so that their cost is unknown: ${missing.join(', ')}.`];
}
