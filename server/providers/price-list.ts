import type { Cost, Usage } from '@stagewire/shared';
import { formatUnits } from '@stagewire/shared/decimal';

/** Prices of one token of each kind, in 10^-12 of the currency. */
export interface TokenPrices {
  /** Of input tokens that are neither read from nor written to a cache. */
  readonly input: bigint;
  readonly cachedInput: bigint;
  /** @default as `input`, and the cost is an estimate */
  readonly cacheWriteInput?: bigint;
  /** Also of reasoning. */
  readonly output: bigint;
}

export interface PriceList {
  /** As in `2026-11-22`. */
  readonly date: string;
  /** A code of three letters, as `USD`. */
  readonly currency: string;
  /** By model reference. */
  readonly models: ReadonlyMap<string, TokenPrices>;
}

/** What this usage of a model costs; `undefined` if the list does not have exactly this model. */
export function costOf(prices: PriceList, model: string, usage: Usage): Cost | undefined {
  const price = prices.models.get(model);
  if (price === undefined) return undefined;
  const { cacheWriteInputTokens = 0 } = usage;
  const isExact =
    usage.source === 'final' && (cacheWriteInputTokens === 0 || price.cacheWriteInput !== undefined);
  const { currency, date } = prices;
  return {
    amount: formatUnits(unitsOf(price, usage)),
    currency,
    pricesOf: date,
    ...(isExact ? {} : { estimated: true }),
  };
}

/** What this usage costs at these prices, in 10^-12 of the currency. */
export function unitsOf(price: TokenPrices, usage: Usage): bigint {
  const { inputTokens, outputTokens, cachedInputTokens = 0, cacheWriteInputTokens = 0 } = usage;
  const otherInputTokens = Math.max(0, inputTokens - cachedInputTokens - cacheWriteInputTokens);
  return (
    BigInt(otherInputTokens) * price.input +
    BigInt(cachedInputTokens) * price.cachedInput +
    BigInt(cacheWriteInputTokens) * (price.cacheWriteInput ?? price.input) +
    BigInt(outputTokens) * price.output
  );
}
