import { isEnding } from '@stagewire/shared';
import { dayOf, sumOfUsage } from '../../server/log/day-usage.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import type { SimTruth } from './sim-truth.ts';

const budgets = [undefined, 700, 2500, undefined, 6000];

/**
 * The input of a start, with a budget in some of them. It draws no chance, so that a seed does the same with and without.
 *
 * @param start Counts the starts of this seed.
 */
export function withSimBudget(
  input: Readonly<Record<string, unknown>>,
  { seed, start }: { readonly seed: number; readonly start: number },
): Readonly<Record<string, unknown>> {
  const maxTokens = budgets[(seed + start) % budgets.length];
  if (maxTokens === undefined) return input;
  return { ...input, limits: { ...(input['limits'] as object | undefined), maxTokens } };
}

/** The counters of the day have each token of an own attempt once, also those of runs that were removed or deleted. */
export async function checkDayUsage(
  log: Pick<EventLog, 'usageOfDay'>,
  { truth, nowMs }: { readonly truth: SimTruth; readonly nowMs: number },
): Promise<readonly string[]> {
  const day = dayOf(nowMs);
  const endings = truth.runIds
    .flatMap((runId) => truth.entries(runId).map(({ event }) => event))
    .filter(isEnding)
    .filter(({ inheritedFrom, at }) => inheritedFrom === undefined && at.startsWith(day));
  const expected = sumOfUsage(
    endings.map(({ usage, cost }) => ({
      currency: cost?.currency ?? '',
      tokens: usage.inputTokens + usage.outputTokens,
      cost: cost?.amount ?? '0',
    })),
  );
  const counted = await log.usageOfDay(day);
  if (counted.tokens !== expected.tokens)
    return [`${counted.tokens} tokens are counted for the day, its attempts have used ${expected.tokens}`];
  const [found, wanted] = [counted.costs, expected.costs].map((costs) =>
    JSON.stringify(Object.entries(costs).toSorted(([one], [other]) => (one < other ? -1 : 1))),
  );
  return found === wanted ? [] : [`the costs ${found} are counted for the day, not ${wanted}`];
}
