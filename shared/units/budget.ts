import { grouped } from './count.ts';

/** What the text reads of the state of a run. */
export interface BudgetedRun {
  /** The budget, if the run has one. */
  readonly limits: {
    readonly maxTokens?: number | undefined;
    readonly maxCost?: string | undefined;
    readonly currency?: string | undefined;
  };
  /** Of its ended attempts. */
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number };
  /** Of its ended attempts. */
  readonly cost?: { readonly amount: string } | undefined;
}

/** The budget of a run and what is left of it after its ended attempts: `5,000 tokens, 1,200 left`; '' if it has none. */
export function budgetText({ limits, usage, cost }: BudgetedRun): string {
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
  return parts.join('; ');
}
