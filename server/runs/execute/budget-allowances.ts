import type { AttemptState, ReachedLimit, RunState, Usage } from '@stagewire/shared';
import { formatUnits, parseUnits } from '@stagewire/shared/decimal';
import { unitsOf, type PriceList, type TokenPrices } from '../../providers/price-list.ts';

export interface BudgetOptions {
  /** Needed to enforce `maxCost`. @default no price is known */
  readonly prices?: PriceList | undefined;
}

/** One limit of a run, in its own unit: tokens, or 10^-12 of a currency. */
export interface Allowance {
  readonly max: bigint;
  /** What the attempts that have ended have used. */
  readonly usedBefore: bigint;
  /** What this usage of the model of the open attempt counts. */
  unitsOf(usage: Usage): bigint;
  /** Tokens of output that the rest of the limit allows after so many tokens of input; below 0 if the input exceeds it. */
  outputTokensAfter(inputTokens: number): number;
  /** @param used Of this limit. */
  details(used: bigint): ReachedLimit;
}

/** Why a limit cannot be enforced. */
export interface UnknownCost {
  readonly problem: string;
  readonly details: ReachedLimit;
}

/**
 * The limits of tokens and cost of a run, and what its ended attempts have used of them. It follows from the log, so it
 * is the same after a restart and on another node. Inherited attempts count nothing.
 *
 * @param modelRef The model of the open attempt.
 * @returns the first limit that cannot be enforced, if there is one: a price is not known here.
 */
export function budgetAllowances(
  run: RunState,
  modelRef: string,
  { prices }: BudgetOptions,
): readonly Allowance[] | UnknownCost {
  const { maxTokens, maxCost, currency = '' } = run.limits;
  if (maxTokens === undefined && maxCost === undefined) return [];
  const ended = run.stages.flatMap(({ attempts }) => attempts.filter(isOwnAndEnded));
  const allowances = maxTokens === undefined ? [] : [tokenAllowance(maxTokens, ended)];
  if (maxCost === undefined) return allowances;
  const max = parseUnits(maxCost);
  const details = (used: bigint): ReachedLimit => ({
    limit: 'maxCost',
    used: formatUnits(used),
    max: maxCost,
    currency,
  });
  const list = prices?.currency === currency ? prices : undefined;
  let usedBefore = 0n;
  for (const attempt of ended) {
    const units = costUnits(attempt, currency, list);
    if (units === undefined) return unknownCost(attempt.model, details(usedBefore));
    usedBefore += units;
  }
  const price = list?.models.get(modelRef);
  if (price === undefined) return unknownCost(modelRef, details(usedBefore));
  return [...allowances, costAllowance({ max, usedBefore, price, details })];
}

function isOwnAndEnded({ status, inheritedFrom }: AttemptState): boolean {
  return status !== 'running' && inheritedFrom === undefined;
}

function tokenAllowance(maxTokens: number, ended: readonly AttemptState[]): Allowance {
  const usedBefore = ended.reduce((sum, { usage }) => sum + (usage === null ? 0n : tokensOf(usage)), 0n);
  const max = BigInt(maxTokens);
  return {
    max,
    usedBefore,
    unitsOf: tokensOf,
    outputTokensAfter: (inputTokens) => Number(max - usedBefore) - inputTokens,
    details: (used) => ({ limit: 'maxTokens', used: Number(used), max: maxTokens }),
  };
}

function tokensOf({ inputTokens, outputTokens }: Usage): bigint {
  return BigInt(inputTokens) + BigInt(outputTokens);
}

function costAllowance({
  max,
  usedBefore,
  price,
  details,
}: {
  readonly max: bigint;
  readonly usedBefore: bigint;
  readonly price: TokenPrices;
  readonly details: Allowance['details'];
}): Allowance {
  // Before the call it is not known what a cache serves or stores.
  const inputPrices = [price.input, price.cachedInput, price.cacheWriteInput ?? price.input];
  const highest = inputPrices.reduce((one, other) => (one > other ? one : other));
  return {
    max,
    usedBefore,
    unitsOf: (usage) => unitsOf(price, usage),
    outputTokensAfter(inputTokens) {
      const left = max - usedBefore - BigInt(inputTokens) * highest;
      if (left <= 0n) return -1;
      return price.output === 0n ? Infinity : Number(left / price.output);
    },
    details,
  };
}

/** The cost of an ended attempt; `undefined` if it is not known in this currency. */
function costUnits(
  { cost, usage, model }: AttemptState,
  currency: string,
  prices: PriceList | undefined,
): bigint | undefined {
  if (cost?.currency === currency) return parseUnits(cost.amount);
  if (usage === null || tokensOf(usage) === 0n) return 0n;
  const price = prices?.models.get(model);
  return price === undefined ? undefined : unitsOf(price, usage);
}

function unknownCost(modelRef: string, details: ReachedLimit): UnknownCost {
  const problem = `this server has no price of ${modelRef}, so it cannot enforce the budget of the run (maxCost)`;
  return { problem, details };
}
