import { StagewireError } from '@stagewire/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { noLimits, type LimitSettings } from '../../server/limits/limit-settings.ts';
import { createOwnerLimits, type StartCounts } from '../../server/limits/owner-limits.ts';
import { createRateLimiter } from '../../server/limits/rate-limiter.ts';
import type { DayUsage } from '../../server/log/day-usage.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const idle: StartCounts = { runsOfOwner: () => ({ queued: 0, running: 0 }), queued: 0, freeFor: () => 0 };

function createLimits(given: {
  readonly owner?: Partial<LimitSettings['owner']>;
  readonly server?: Partial<LimitSettings['server']>;
  readonly usage?: (owner?: string) => DayUsage;
}) {
  const clock = createFakeClock({ startMs: Date.UTC(2026, 0, 1, 23) });
  const refused: string[] = [];
  const limits = createOwnerLimits({
    clock,
    settings: {
      owner: { ...noLimits.owner, ...given.owner },
      server: { ...noLimits.server, ...given.server },
      currency: 'USD',
    },
    log: { usageOfDay: (_, owner) => Promise.resolve(given.usage?.(owner) ?? { tokens: 0, costs: {} }) },
    onRefused: (limit, scope) => refused.push(`${scope}:${limit}`),
  });
  return { clock, limits, refused };
}

function detailsOf(call: () => unknown): unknown {
  try {
    call();
    return 'accepted';
  } catch (error) {
    if (error instanceof StagewireError && error.code === 'OVERLOADED') return error.details;
    throw error;
  }
}
const start = async (limits: ReturnType<typeof createLimits>['limits'], owner: string) => {
  const result = await limits.admitStart(owner, idle).then(
    (release) => release,
    (error: unknown) =>
      detailsOf(() => {
        throw error;
      }),
  );
  return typeof result === 'function' ? result() : result;
};

describe('the limits of owners', () => {
  test('are each owner’s own, and the server’s for all', () => {
    const { limits, refused } = createLimits({ owner: { subscriptions: 2 }, server: { subscriptions: 3 } });
    const releases = [limits.holdSubscription('ann'), limits.holdSubscription('ann')];
    const details = { limit: 'subscriptions', scope: 'owner', max: 2, retryAfterMs: 5000 };
    expect(detailsOf(() => limits.holdSubscription('ann'))).toEqual(details);
    limits.holdSubscription('bob');
    expect(detailsOf(() => limits.holdSubscription('bob'))).toMatchObject({ scope: 'server', max: 3 });
    releases[0]!();
    releases[0]!();
    limits.holdSubscription('bob');
    expect(limits.held()).toMatchObject({ subscriptions: 3 });
    expect(refused).toEqual(['owner:subscriptions', 'server:subscriptions']);
  });

  test('count commands by the minute, and never reject the one that ends a run', async () => {
    const { limits, clock } = createLimits({ owner: { commandsPerMinute: 3 } });
    const command = () => limits.countCommand('ann', { isNeverRefused: false });
    for (const _ of [1, 2, 3]) command();
    expect(detailsOf(command)).toMatchObject({ limit: 'commandsPerMinute', max: 3, retryAfterMs: 20_000 });
    expect(detailsOf(() => limits.countCommand('ann', { isNeverRefused: true }))).toBe('accepted');
    expect(detailsOf(() => limits.countCommand('bob', { isNeverRefused: false }))).toBe('accepted');
    await clock.advance(20_000);
    command();
    expect(detailsOf(command)).toMatchObject({ retryAfterMs: 20_000 });
  });

  test('reject starts when the tokens or the cost of the day are used up, until 00:00 UTC', async () => {
    const tokens = createLimits({
      owner: { tokensPerDay: 10 },
      usage: (owner) => ({ tokens: owner === 'ann' ? 10 : 9, costs: {} }),
    });
    expect(await start(tokens.limits, 'ann')).toEqual({
      limit: 'tokensPerDay',
      scope: 'owner',
      max: 10,
      retryAfterMs: 3_600_000,
    });
    expect(await start(tokens.limits, 'bob')).toBeUndefined();
    const cost = createLimits({
      server: { costPerDay: '0.3' },
      usage: (owner) => ({ tokens: 0, costs: { USD: owner === undefined ? '0.300000000000' : '0' } }),
    });
    expect(await start(cost.limits, 'ann')).toMatchObject({
      limit: 'costPerDay',
      scope: 'server',
      max: '0.3',
    });
    expect(cost.limits.held().starts).toBe(0);
  });

  test('the runs of an owner are counted only where they are limited', async () => {
    const asked: string[] = [];
    const counts: StartCounts = {
      ...idle,
      runsOfOwner(owner) {
        asked.push(owner);
        return { queued: 0, running: 0 };
      },
    };
    await createLimits({ server: { queuedRuns: 3 } }).limits.admitStart('ann', counts);
    expect(asked).toEqual([]);
    await createLimits({ owner: { runningRuns: 3 } }).limits.admitStart('ann', counts);
    expect(asked).toEqual(['ann']);
  });

  test('count starts at the same moment as queued', async () => {
    const { limits } = createLimits({ owner: { queuedRuns: 2 } });
    const counts: StartCounts = { ...idle, freeFor: () => 1 };
    const results = await Promise.allSettled([1, 2, 3, 4, 5].map(() => limits.admitStart('ann', counts)));
    // One begins at once, two wait.
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(limits.held().starts).toBe(3);
    for (const result of results) if (result.status === 'fulfilled') result.value();
    expect(limits.held().starts).toBe(0);
  });

  test('say what is used', async () => {
    const { limits } = createLimits({
      owner: { connections: 4, tokensPerDay: 100, costPerDay: '5', startsPerMinute: 6 },
      usage: () => ({ tokens: 40, costs: { USD: '1.5', EUR: '9' } }),
    });
    limits.holdConnection('ann');
    await start(limits, 'ann');
    const resetAt = '2026-01-02T00:00:00.000Z';
    expect(await limits.quotas('ann', idle)).toEqual([
      { limit: 'connections', max: 4, used: 1 },
      { limit: 'startsPerMinute', max: 6, used: 1 },
      { limit: 'tokensPerDay', max: 100, used: 40, resetAt },
      { limit: 'costPerDay', max: '5', used: '1.5', resetAt },
    ]);
    expect(await createLimits({}).limits.quotas('ann', idle)).toEqual([]);
  });

  // Seen red with: a release that is not idempotent; a start that is not released when its rate is used up.
  test('hold nothing when all is released, after any sequence', async () => {
    const step = fc.record({
      do: fc.constantFrom('connection', 'subscription', 'start', 'release', 'releaseAgain'),
      owner: fc.constantFrom('ann', 'bob', 'carl'),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const { limits } = createLimits({
          owner: { connections: 2, subscriptions: 2, queuedRuns: 2, startsPerMinute: 3 },
          server: { subscriptions: 4, startsPerMinute: 6 },
        });
        const held: (() => void)[] = [];
        const gone: (() => void)[] = [];
        for (const { do: what, owner } of steps) {
          try {
            if (what === 'connection') held.push(limits.holdConnection(owner));
            if (what === 'subscription') held.push(limits.holdSubscription(owner));
            if (what === 'start') held.push(await limits.admitStart(owner, idle));
          } catch (error) {
            expect(error).toMatchObject({ code: 'OVERLOADED', retryable: true });
          }
          const last = what === 'release' ? held.pop() : gone.at(-1);
          if (what === 'release' && last !== undefined) gone.push(last);
          if (what.startsWith('release')) last?.();
          const { connections, subscriptions, starts } = limits.held();
          expect(connections + subscriptions + starts).toBe(held.length);
        }
        for (const release of held) release();
        expect(limits.held()).toEqual({ connections: 0, subscriptions: 0, starts: 0 });
      }),
    );
  });
});

test('a rate limiter takes from all allowances or from none, and forgets those that are complete', async () => {
  const clock = createFakeClock();
  const limiter = createRateLimiter({ clock });
  const [narrow, wide] = [
    { key: 'n', perMinute: 2 },
    { key: 'w', perMinute: 60 },
  ];
  expect([1, 2].map(() => limiter.take([narrow, wide]))).toEqual([undefined, undefined]);
  expect(limiter.take([wide, narrow])).toEqual({ index: 1, retryAfterMs: 30_000 });
  expect([limiter.used(narrow), limiter.used(wide)]).toEqual([2, 2]);
  expect(limiter.size).toBe(2);
  await clock.advance(60_000);
  expect(limiter.size).toBe(0);
});
