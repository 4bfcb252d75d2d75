import { addAmounts } from './decimal.ts';
import type { TotalCost } from './primitives.ts';
import type { AttemptState } from './state.ts';

/** What the sum reads of an attempt. */
export type CostedAttempt = Pick<AttemptState, 'status' | 'cost' | 'inheritedFrom'>;

/**
 * The cost of the attempts that have ended, without inherited ones, which the run that executed them has counted;
 * `undefined` if none of them has a cost. The currency is that of the first cost. An attempt without a cost, or with one
 * in another currency, adds 1 to `unpricedAttempts` and nothing to the amount. Pure, and the only place where costs of
 * attempts are added.
 */
export function totalCost(attempts: readonly CostedAttempt[]): TotalCost | undefined {
  const ended = attempts.filter(
    ({ status, inheritedFrom }) => status !== 'running' && inheritedFrom === undefined,
  );
  const currency = ended.find(({ cost }) => cost !== undefined)?.cost?.currency;
  if (currency === undefined) return undefined;
  const costs = ended.flatMap(({ cost }) => (cost?.currency === currency ? [cost] : []));
  return {
    amount: costs.map(({ amount }) => amount).reduce(addAmounts, '0'),
    currency,
    ...(costs.some(({ estimated }) => estimated === true) ? { estimated: true } : {}),
    unpricedAttempts: ended.length - costs.length,
  };
}
