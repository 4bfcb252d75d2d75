import { grouped, type RunState } from '@stagewire/client';

/** The budget of a run and what is left of it after its ended attempts, as sentences; empty if it has none. */
export function budgetText({ limits, usage, cost }: Pick<RunState, 'limits' | 'usage' | 'cost'>): string {
  const { maxTokens, maxCost, currency = '' } = limits;
  const parts: string[] = [];
  if (maxTokens !== undefined) {
    const left = Math.max(0, maxTokens - usage.inputTokens - usage.outputTokens);
    parts.push(`${grouped(maxTokens)} tokens, ${grouped(left)} left`);
  }
  if (maxCost !== undefined) {
    // For display only: the server counts exactly.
    const left = Math.max(0, Number(maxCost) - Number(cost?.amount ?? '0'));
    parts.push(`${maxCost} ${currency}, ${Number(left.toPrecision(3))} ${currency} left`);
  }
  return parts.length === 0 ? '' : `Budget of the run: ${parts.join('; ')}.`;
}
