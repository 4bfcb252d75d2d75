import { expect, test } from 'vitest';
import { createPostgresAudit } from '../../server/cluster/postgres/postgres-audit.ts';
import type { Statement } from '../../server/log/postgres/session.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene(options: { readonly maxWaiting?: number } = {}) {
  const clock = createFakeClock();
  const state: { isBroken: boolean; during?: () => void } = { isBroken: false };
  const stored: { readonly actors: readonly string[]; readonly times: readonly number[] }[] = [];
  const warnings: string[] = [];
  const query = ({ text, values = [] }: Statement) => {
    if (state.isBroken) {
      // An access while the statement is in progress.
      state.during?.();
      return Promise.reject(new Error('away'));
    }
    const [, , actors, , , , times] = values as [
      string,
      number[],
      string[],
      string[],
      string[],
      string[],
      number[],
    ];
    if (text.startsWith('INSERT')) stored.push({ actors, times });
    return Promise.resolve([]);
  };
  const logger = {
    info() {},
    error() {},
    warn: (_: unknown, message: string) => void warnings.push(message),
  };
  const audit = createPostgresAudit({ queries: { query }, clock, nodeName: 'a', logger, ...options });
  const access = (actor: string) =>
    audit.record({ kind: 'access', actor: { id: actor }, owner: 'ada', procedure: 'runs.get', runId: 'run_1' });
  return { clock, state, stored, warnings, audit, access };
}

test('equal accesses within a moment are one row', async () => {
  const { clock, stored, access } = scene();
  for (const actor of ['root', 'root', 'other', 'root']) access(actor);
  await clock.advance(250);
  access('root');
  await clock.advance(250);
  expect(stored).toEqual([
    { actors: ['root', 'other'], times: [3, 1] },
    { actors: ['root'], times: [1] },
  ]);
});

test('records of an outage are stored after it, and none is lost', async () => {
  const { clock, state, stored, access } = scene();
  state.isBroken = true;
  state.during = () => {
    delete state.during;
    access('first');
  };
  access('first');
  await clock.advance(5000);
  access('second');
  access('first');
  await clock.advance(5000);
  state.isBroken = false;
  await clock.advance(1000);
  expect(stored.flatMap(({ actors }) => actors).toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'first',
    'second',
  ]);
  expect(stored.flatMap(({ times }) => times).reduce((sum, times) => sum + times)).toBe(4);
});

test('more than the limit are dropped, which is logged', async () => {
  const { clock, state, stored, warnings, access } = scene({ maxWaiting: 2 });
  state.isBroken = true;
  for (const actor of ['one', 'two', 'three', 'four']) access(actor);
  await clock.advance(2000);
  state.isBroken = false;
  await clock.advance(2000);
  expect(stored).toEqual([{ actors: ['one', 'two'], times: [1, 1] }]);
  expect(warnings).toEqual([expect.stringContaining('too many')]);
});

test('a text that PostgreSQL cannot store does not keep the others from being stored', async () => {
  const { clock, stored, access } = scene();
  access('a\0b');
  await clock.advance(250);
  expect(stored).toEqual([{ actors: ['a\uFFFDb'], times: [1] }]);
});

test('what waits is stored when the node stops', async () => {
  const { stored, audit, access } = scene();
  access('root');
  await audit.close();
  expect(stored).toEqual([{ actors: ['root'], times: [1] }]);
});
