import type { PriceList } from '../../server/providers/price-list.ts';

const list = (date: string, currency: string, output: bigint): PriceList => ({
  date,
  currency,
  models: new Map([['rehearsal', { input: 3n, cachedInput: 1n, output }]]),
});

/** A server that starts again may have no prices, others, or others in another currency. */
const lists = [
  list('2026-01-01', 'USD', 7_000_000n),
  undefined,
  list('2026-02-02', 'USD', 123_456n),
  list('2026-02-02', 'EUR', 1n),
];

/**
 * The prices of a server in the simulation. They are the same at every start in one seed of three, and draw no chance,
 * so that a seed does the same with and without them.
 *
 * @param start Counts the starts of servers in this seed, from 0.
 */
export function simPrices(seed: number, start: number): PriceList | undefined {
  return lists[(seed % 3 === 0 ? seed : seed + start) % lists.length];
}
