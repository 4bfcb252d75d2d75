import { expect, test } from 'vitest';
import { createAccessQueries, queryTwice } from '../../server/cluster/postgres/access-queries.ts';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene(options: { readonly maxWaiting?: number } = {}) {
  const clock = createFakeClock();
  const state = { isReady: true, statements: 0 };
  const session = {
    get isReady() {
      return state.isReady;
    },
    problem: undefined,
    reset: () => undefined,
    async query() {
      state.statements += 1;
      if (state.isReady) return [];
      // It waits for a connection.
      await new Promise<void>((resolve) => clock.after(2000, resolve));
      throw new LogUnavailable('not connected');
    },
    close: () => Promise.resolve(),
  };
  return { clock, state, queries: createAccessQueries({ session, clock, ...options }) };
}

const statement = { text: 'SELECT 1' };

test('while there is no connection one statement waits for it, and the others fail with it', async () => {
  const { clock, state, queries } = scene();
  state.isReady = false;
  const failed = Array.from({ length: 500 }, () => queries.query(statement).catch(String));
  await clock.advance(2000);
  expect(new Set(await Promise.all(failed))).toEqual(new Set(['LogUnavailable: not connected']));
  expect(state.statements).toBe(1);
  await expect(queries.query(statement)).rejects.toThrow('not connected');
  expect(state.statements).toBe(1);
  await clock.advance(1000);
  const later = queries.query(statement).catch(String);
  await clock.advance(2000);
  expect(await later).toContain('not connected');
  expect(state.statements).toBe(2);
});

test('the first statement after it is connected again works', async () => {
  const { clock, state, queries } = scene();
  state.isReady = false;
  const failed = queries.query(statement).catch(String);
  await clock.advance(2000);
  await failed;
  state.isReady = true;
  expect(await queries.query(statement)).toEqual([]);
});

test('no more statements wait than the limit', async () => {
  const { clock, state, queries } = scene({ maxWaiting: 3 });
  state.isReady = false;
  const waiting = Array.from({ length: 3 }, () => queries.query(statement).catch(String));
  await expect(queries.query(statement)).rejects.toThrow('too many');
  await clock.advance(2000);
  await Promise.all(waiting);
  state.isReady = true;
  expect(await queries.query(statement)).toEqual([]);
});

test('only a statement whose connection was lost is repeated, and once', async () => {
  const failing = (outcome: 'unknown' | 'not-written') => {
    let attempts = 0;
    const query = () => {
      attempts += 1;
      return Promise.reject(new LogUnavailable('lost', { outcome }));
    };
    return { queries: { query }, attempts: () => attempts };
  };
  for (const [outcome, wanted] of [
    ['unknown', 2],
    ['not-written', 1],
  ] as const) {
    const { queries, attempts } = failing(outcome);
    await expect(queryTwice(queries, statement)).rejects.toThrow('lost');
    expect(attempts()).toBe(wanted);
  }
});
