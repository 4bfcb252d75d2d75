import { isTerminal, type RunState, type StartInput, type Usage } from '@stagewire/shared';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { expect } from 'vitest';
import { costOf, type PriceList } from '../../server/providers/price-list.ts';
import { createEngine, settle } from './engine.ts';
import type { Scene } from './scene.ts';
import { createScriptedProvider } from './scripted-provider.ts';

// One token of output costs 0.001, one of input 0.0001.

const token = 1_000_000_000n;
export const priced = (...models: readonly string[]): PriceList => ({
  date: '2026-11-22',
  currency: 'USD',
  models: new Map(models.map((model) => [model, { input: token / 10n, cachedInput: 0n, output: token }])),
});
export const pricedBy = (prices: PriceList) => ({
  prices,
  costOf: (modelRef: string, usage: Usage) => costOf(prices, modelRef, usage),
});

export async function startWithBudget(
  limits: StartInput['limits'],
  { roles = ['architect', 'coder'], prices = priced('rehearsal') } = {},
): Promise<Scene> {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, ...pricedBy(prices) });
  const runId = await engine.start({ pipeline: { roles }, limits });
  return { provider, engine, runId };
}

export async function turns({ engine }: Scene): Promise<void> {
  await engine.clock.runTurns();
}

/** Tokens of the prompt of the newest call, as the server estimates them. */
export function inputOf({ provider }: Scene): number {
  const { system, messages } = provider.call.request;
  return Math.ceil(messages.reduce((sum, { text }) => sum + text.length, system.length) / 4);
}

export const final = (inputTokens: number, outputTokens: number): Usage => ({
  inputTokens,
  outputTokens,
  reasoningTokens: 0,
  source: 'final',
});

export async function stateOf({ engine, runId }: Scene): Promise<RunState> {
  const events = await engine.events(runId);
  if (events.some(isTerminal)) {
    for (const invariant of Object.values(allInvariants)) expect(invariant(events)).toEqual([]);
  }
  return settle(engine.clock, engine.state(runId));
}

/** The tokens that the attempts of the run itself have used. */
export function usedBy({ stages }: RunState): number {
  return stages
    .flatMap(({ attempts }) => attempts)
    .filter(({ inheritedFrom }) => inheritedFrom === undefined)
    .reduce((sum, { usage }) => sum + (usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), 0);
}
