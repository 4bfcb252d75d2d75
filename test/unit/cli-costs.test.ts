import type { ServerInfo } from '@stagewire/client';
import { expect, test } from 'vitest';
import { infoLines, listLines } from '../../cli/render/render-list.ts';
import { summaryLines } from '../../cli/render/render-summary.ts';
import {
  at,
  events,
  plain,
  queued,
  rendered,
  runId,
  started,
  stateAfter,
  usage,
} from '../support/rendered-run.ts';

const cost = { amount: '0.0123456', currency: 'USD', pricesOf: '2026-11-22' };
const summary = {
  runId,
  task: 'a clock',
  owner: 'local',
  labels: {},
  queuedAt: '2026-01-01T10:20:30.456Z',
  status: 'completed' as const,
  current: null,
};
const info: ServerInfo = {
  version: '1.2.3',
  protocolVersion: 2,
  protocolHash: 'h',
  features: [],
  roles: [],
  models: { default: 'openai/made-up' },
  realModel: true,
  limits: {},
  heartbeatMs: 1000,
  now: '2026-01-01T00:00:00.000Z',
  auth: [],
  you: {
    actor: { id: 'local', kind: 'anonymous' },
    owner: 'local',
    owners: ['local'],
    permissions: [],
    session: false,
  },
};

test('the end of each attempt and the summary show the cost', () => {
  const ending = { chars: 5, usage, ...at(1, 'coder') };
  const failure = { code: 'PROVIDER_UNAVAILABLE', message: 'Overloaded.', retryable: true } as const;
  const all = events(
    queued,
    started(at(1, 'coder')),
    { type: 'stage.interrupted', ...ending, cost, cause: 'steer', commandIds: [] },
    started(at(1, 'coder', 2)),
    { type: 'stage.failed', ...ending, attempt: 2, cost: { ...cost, amount: '0' }, failure, retryInMs: 0 },
    started(at(1, 'coder', 3)),
    {
      type: 'stage.failed',
      ...ending,
      attempt: 3,
      cost: { ...cost, estimated: true },
      failure,
      retryInMs: 0,
    },
    started(at(1, 'coder', 4)),
    {
      type: 'stage.completed',
      ...ending,
      attempt: 4,
      cost,
      finishReason: 'stop',
      ttftMs: 1,
      durationMs: 2000,
    },
    started(at(2, 'reviewer')),
    { type: 'stage.cancelled', ...ending, ...at(2, 'reviewer'), commandId: 'c' },
  );
  const text = rendered(all);
  expect(text).toContain('interrupted by a steer, after 5 characters, 0.0123 USD\n');
  expect(text).toContain('attempt 2 failed: PROVIDER_UNAVAILABLE, Overloaded; retrying');
  expect(text).toContain('attempt 3 failed: PROVIDER_UNAVAILABLE, Overloaded, about 0.0123 USD; retrying');
  expect(text).toContain('✓ 5 characters, 345 tokens, 0.0123 USD, 2.0 s');
  expect(text).toContain('stage 2 cancelled after 5 characters\n');
  expect(summaryLines(stateAfter(all), plain)).toContain(
    'cost    at least about 0.0370 USD, 1 attempt without a price',
  );
});

test('the list has a column for it, if the cost of a run is known', () => {
  const items = [
    { ...summary, cost: { amount: '12.5', currency: 'USD', unpricedAttempts: 0 } },
    summary,
    { ...summary, cost: { amount: '0.5', currency: 'USD', unpricedAttempts: 1 } },
  ];
  expect(listLines({ items }, plain)).toEqual([
    'run_0000000001  2026-01-01 10:20:30Z  completed            12.50 USD  a clock',
    'run_0000000001  2026-01-01 10:20:30Z  completed                       a clock',
    'run_0000000001  2026-01-01 10:20:30Z  completed  at least 0.5000 USD  a clock',
  ]);
});

test('info names the price list', () => {
  const prices = { date: '2026-11-22', currency: 'USD' };
  expect(infoLines({ ...info, prices }, 'http://127.0.0.1:1', plain)).toContain(
    'prices   in USD, of 2026-11-22',
  );
  expect(infoLines(info, 'http://127.0.0.1:1', plain).join()).not.toContain('prices');
});

test('a currency cannot control the terminal', () => {
  const items = [{ ...summary, cost: { amount: '1', currency: '\u001b[2J', unpricedAttempts: 0 } }];
  expect(listLines({ items }, plain).join()).not.toContain('\u001b');
});
