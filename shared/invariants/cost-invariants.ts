import { isEnding, isTerminal } from '../event-kinds.ts';
import { totalCost } from '../total-cost.ts';
import { attemptOf } from './attempt-of.ts';
import type { RunInvariant } from './run-invariant.ts';

/** The cost of a run is the total of its attempts (V9). */
export const costIsTheTotal: RunInvariant = (events) => {
  const total = totalCost(events.filter(isEnding).map((ending) => ({ ...ending, status: 'completed' })));
  return events.filter(isTerminal).flatMap(({ type, cost }) => {
    const [found, expected] = [inWords(cost), inWords(total)];
    return found === expected ? [] : [`${type} has the cost ${found}, its attempts together ${expected}`];
  });
};

/** An amount has its shortest form, and a cost of tokens that are not final is an estimate (V8). */
export const costsAreExactOrEstimated: RunInvariant = (events) =>
  events.filter(isEnding).flatMap((ending) => {
    const { cost, usage } = ending;
    if (cost === undefined) return [];
    return [
      ...(/^(?:0|[1-9]\d*)(?:\.\d{0,11}[1-9])?$/.test(cost.amount)
        ? []
        : [`attempt ${attemptOf(ending)} costs ${cost.amount}, which is not the shortest form`]),
      ...(usage.source === 'final' || cost.estimated === true
        ? []
        : [`attempt ${attemptOf(ending)} has ${usage.source} tokens, but its cost is no estimate`]),
    ];
  });

function inWords(cost: ReturnType<typeof totalCost>): string {
  if (cost === undefined) return 'nothing';
  const { amount, currency, estimated, unpricedAttempts } = cost;
  return `${amount} ${currency}${estimated === true ? ', estimated' : ''}, ${unpricedAttempts} unpriced`;
}
