import type { StartInput } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { priced, pricedBy, startWithBudget, turns, inputOf, stateOf } from '../support/budget-scene.ts';
import { createEngine } from '../support/engine.ts';
import { answer, block, revive } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

describe('maxCost', () => {
  test('ends the run by the prices of its model', async () => {
    const scene = await startWithBudget({ maxCost: '1.50' });
    const input = inputOf(scene);
    const left = 1500 - Math.ceil(input / 10);
    expect(scene.provider.call.request.outputBudgetTokens).toBe(left);
    scene.provider.call.headers();
    scene.provider.call.say('x'.repeat(left * 4 + 4));
    await turns(scene);
    const state = await stateOf(scene);
    expect(state.limits).toMatchObject({ maxCost: '1.5', currency: 'USD' });
    expect(state.failure?.details).toEqual({
      limit: 'maxCost',
      used: state.cost?.amount,
      max: '1.5',
      currency: 'USD',
    });
  });

  test('is enforced together with maxTokens: the lower one decides', async () => {
    const scene = await startWithBudget({ maxTokens: 3000, maxCost: '100' });
    scene.provider.call.headers();
    scene.provider.call.say('x'.repeat(12_000));
    await turns(scene);
    expect((await stateOf(scene)).failure?.details?.limit).toBe('maxTokens');
  });

  test('of models without a price for output limits only the input', async () => {
    const free = new Map([['rehearsal', { input: 1n, cachedInput: 1n, output: 0n }]]);
    const scene = await startWithBudget({ maxCost: '1' }, { prices: { ...priced(), models: free } });
    expect(scene.provider.call.request).not.toHaveProperty('outputBudgetTokens');
  });

  test('ends a run whose server no longer knows the price, before it calls the model', async () => {
    for (const prices of [priced('openai/gpt-5'), { ...priced('rehearsal'), currency: 'EUR' }]) {
      const scene = await startWithBudget({ maxCost: '10' });
      await answer(scene, 'a plan');
      const after = await revive(scene, pricedBy(prices));
      await turns(after);
      expect(after.provider.calls).toHaveLength(2);
      expect((await stateOf(after)).failure).toMatchObject({
        code: 'LIMIT_REACHED',
        message: expect.stringContaining('no price of rehearsal'),
      });
    }
  });

  const rejected = [
    ['an unknown price', { models: { default: 'openai/gpt-5' } }, 'limits.maxCost', '"openai/gpt-5"'],
    [
      'an unknown price of a role that only a redirect would run',
      { models: { default: 'rehearsal', tester: 'rehearsal/tps=1' }, pipeline: { roles: ['coder'] } },
      'limits.maxCost',
      '"rehearsal/tps=1"',
    ],
    ['another currency', { limits: { maxCost: '1', currency: 'EUR' } }, 'limits.currency', 'USD'],
    ['an amount of 0', { limits: { maxCost: '0.00' } }, 'limits.maxCost', 'above 0'],
    ['a currency alone', { limits: { currency: 'USD' } }, 'limits.currency', 'maxCost'],
  ] as const;

  test.each(rejected)('is rejected at the start with %s', async (_, input, field, words) => {
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, ...pricedBy(priced('rehearsal')) });
    const start = engine.start({ limits: { maxCost: '1' }, ...(input as Partial<StartInput>) });
    const issue = { field, message: expect.stringContaining(words) };
    await expect(start).rejects.toMatchObject({ code: 'INVALID_INPUT', details: { issues: [issue] } });
  });

  test('is rejected at the start without prices, and for a rerun that inherits it', async () => {
    const scene = await startWithBudget({ maxCost: '10' });
    await answer(scene, 'a plan', block());
    const issue = { field: 'limits.maxCost', message: expect.stringContaining('STAGEWIRE_PRICES') };
    const invalid = { code: 'INVALID_INPUT', details: { issues: [issue] } };
    await expect(
      createEngine({ provider: scene.provider }).start({ limits: { maxCost: '1' } }),
    ).rejects.toMatchObject(invalid);
    const from = { runId: scene.runId, stage: 2 };
    const models = { default: 'openai/gpt-5' };
    await expect(scene.engine.start({ from, models })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(scene.engine.start({ from, models, limits: { maxTokens: 1 } })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    });
    await expect(scene.engine.start({ from })).resolves.toBeDefined();
  });
});
