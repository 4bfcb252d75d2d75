import { isEnding, type DurableEvent } from '@stagewire/shared';
import { addAmounts } from '@stagewire/shared/decimal';

/** What the attempts of one append add to the counters of a day. */
export interface AddedUsage {
  /** UTC, as `2026-11-28`: the day on which the attempts ended. */
  readonly day: string;
  readonly owner: string;
  /** Of the cost; empty where it is unknown. */
  readonly currency: string;
  /** Input and output, reasoning included. */
  readonly tokens: number;
  /** A decimal amount, as in `Cost`; `0` where it is unknown. */
  readonly cost: string;
}

/** The counters of a day: of one owner, or of all. */
export interface DayUsage {
  readonly tokens: number;
  /** Decimal amounts by currency, without attempts whose cost is unknown. */
  readonly costs: Readonly<Record<string, string>>;
}

/** The day of the counters at an instant. @param atMs Milliseconds since the Unix epoch. */
export function dayOf(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 10);
}

/** What these events of an owner's run add, by day and currency. Inherited attempts were counted for their source. Pure. */
export function usageIn(events: readonly DurableEvent[], owner: string): readonly AddedUsage[] {
  const added: AddedUsage[] = [];
  for (const event of events) {
    if (!isEnding(event) || event.inheritedFrom !== undefined) continue;
    const { at, usage, cost } = event;
    const tokens = usage.inputTokens + usage.outputTokens;
    if (tokens === 0 && cost === undefined) continue;
    const { amount = '0', currency = '' } = cost ?? {};
    const day = at.slice(0, 10);
    const same = added.findIndex((it) => it.day === day && it.currency === currency);
    const before = added[same];
    const row = { day, owner, currency, tokens, cost: amount };
    if (before === undefined) added.push(row);
    else added[same] = { ...row, tokens: before.tokens + tokens, cost: addAmounts(before.cost, amount) };
  }
  return added;
}

/** Adds the rows of a day. */
export function sumOfUsage(rows: Iterable<Pick<AddedUsage, 'currency' | 'tokens' | 'cost'>>): DayUsage {
  const costs: Record<string, string> = {};
  let tokens = 0;
  for (const row of rows) {
    tokens += row.tokens;
    if (row.currency !== '') costs[row.currency] = addAmounts(costs[row.currency] ?? '0', row.cost);
  }
  return { tokens, costs };
}
