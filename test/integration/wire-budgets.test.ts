import { describe, expect, test } from 'vitest';
import { measureOvershoot } from '../support/measure-overshoot.ts';

// Real SDKs ask a provider on the loopback that counts what it has generated. docs/PERFORMANCE.md has its figures.

const maxTokens = 4000;
const wires = ['chat', 'responses', 'messages'] as const;

describe.each(wires)('a budget over the wire %s', (wire) => {
  test('is the output limit of the request, and is not exceeded if tokens are as long as estimated', async () => {
    const { state, billed, requests, limit } = await measureOvershoot(wire, {
      charsPerToken: 4,
      limits: { maxTokens },
    });
    expect(state).toMatchObject({ status: 'failed', failure: { code: 'LIMIT_REACHED' } });
    expect(state.failure?.details).toMatchObject({ limit: 'maxTokens', max: maxTokens });
    expect(requests).toBe(1);
    expect(limit).toBeLessThan(maxTokens);
    expect(billed.tokens).toBeLessThanOrEqual(maxTokens + 2);
    expect(state.stages[0]?.attempts[0]?.text.length).toBeGreaterThan(limit * 3);
  });

  test('limits reasoning that is not sent', async () => {
    const { state, billed, requests, limit } = await measureOvershoot(wire, {
      charsPerToken: 4,
      hiddenTokens: 1_000_000,
      limits: { maxTokens },
    });
    expect(state.failure).toMatchObject({ code: 'LIMIT_REACHED', details: { max: maxTokens } });
    expect(requests).toBe(1);
    expect(billed.tokens).toBeLessThanOrEqual(maxTokens + 2);
    expect(limit).toBeGreaterThan(1000);
  });

  test('is exceeded by no more than the error of the estimated prompt if tokens are short', async () => {
    const { state, billed, requests } = await measureOvershoot(wire, {
      charsPerToken: 2,
      limits: { maxTokens },
    });
    expect(state.failure?.code).toBe('LIMIT_REACHED');
    expect(requests).toBe(1);
    const { inputTokens = 0 } = state.stages[0]?.attempts[0]?.usage ?? {};
    expect(billed.tokens).toBeLessThanOrEqual(maxTokens + Math.ceil(inputTokens / 2) + 2);
  });

  test('of money is kept too', async () => {
    const { state, billed } = await measureOvershoot(wire, { charsPerToken: 4, limits: { maxCost: '0.02' } });
    expect(state.failure?.details).toMatchObject({ limit: 'maxCost', max: '0.02', currency: 'USD' });
    expect(billed.micros).toBeGreaterThan(19_900);
    expect(billed.micros).toBeLessThanOrEqual(20_020);
  });
});
