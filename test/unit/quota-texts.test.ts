import type { ServerInfo } from '@stagewire/shared';
import { budgetText } from '@stagewire/shared/units/budget';
import { isQuotaNear, quotaLabel, quotaText } from '@stagewire/shared/units/quota';
import { describe, expect, test } from 'vitest';
import { infoLines, nearLimitsText } from '../../cli/render/render-list.ts';

const info: ServerInfo = {
  version: '1.0.0',
  protocolVersion: 1,
  protocolHash: 'h',
  features: [],
  roles: [],
  models: { default: 'rehearsal' },
  realModel: false,
  limits: {},
  heartbeatMs: 1000,
  now: '2026-01-01T12:00:00.000Z',
  auth: [],
  you: {
    actor: { id: 'local', kind: 'anonymous' },
    owner: 'local',
    owners: ['local'],
    permissions: [],
    session: false,
  },
  prices: { currency: 'USD', date: '2026-01-01' },
  quotas: [
    { limit: 'startsPerMinute', max: 6 },
    { limit: 'queuedRuns', max: 10, used: 7 },
    { limit: 'tokensPerDay', max: 10_000, used: 8000, resetAt: '2026-01-02T00:00:00.000Z' },
    { limit: 'costPerDay', max: '5', used: '4.999', resetAt: '2026-01-02T00:00:00.000Z' },
  ],
};

describe('the texts of limits', () => {
  test('name what is used, or only the limit where that is unknown', () => {
    const texts = (info.quotas ?? []).map((it) => `${quotaLabel(it)}: ${quotaText(it, 'USD')}`);
    expect(texts).toEqual([
      'starts per minute: at most 6',
      'queued runs: 7 of 10',
      'tokens per day: 8,000 of 10,000',
      'cost per day: 5.00 of 5.00 USD',
    ]);
    expect(quotaLabel({ limit: 'ofALaterVersion' })).toBe('ofALaterVersion');
  });

  test('a limit is near when four fifths are used', () => {
    expect((info.quotas ?? []).map(isQuotaNear)).toEqual([false, false, true, true]);
  });

  test('are in `stagewire info`, and before a start when they are near', () => {
    const plain = (_: unknown, text: string) => text;
    const lines = infoLines(info, 'http://localhost', plain);
    expect(lines).toContain('limits   starts per minute: at most 6');
    expect(lines).toContain('         tokens per day: 8,000 of 10,000, reset at 2026-01-02 00:00:00Z');
    expect(nearLimitsText(info)).toBe(
      'tokens per day: 8,000 of 10,000 used, cost per day: 5.00 of 5.00 USD used',
    );
    expect(nearLimitsText({ ...info, quotas: [] })).toBe('');
  });

  test('the budget of a run has what is left of it', () => {
    const usage = { inputTokens: 700, outputTokens: 100 };
    const cost = { amount: '0.75' };
    const limits = { maxTokens: 2000, maxCost: '1', currency: 'USD' };
    expect(budgetText({ limits, usage, cost })).toBe('2,000 tokens, 1,200 left; 1 USD, 0.25 USD left');
    expect(budgetText({ limits: { maxTokens: 500 }, usage })).toBe('500 tokens, 0 left');
    expect(budgetText({ limits: {}, usage })).toBe('');
  });
});
