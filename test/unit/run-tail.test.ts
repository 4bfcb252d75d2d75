import { describe, expect, test } from 'vitest';

import type { EventLog, LogEntry } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createRunTail } from '../../server/delivery/run-tail.ts';
import { createTailBudget } from '../../server/delivery/tail-budget.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const runId = runIdOf(1);

/** A tail of a run with some events, in a budget that is full as soon as anything is in it. */
async function createScene() {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const run = createRunScript(runId);
  const written = Promise.all([
    log.append(run.begin()),
    log.append(run.deltas('a', 'b', 'c', 'd', 'e', 'f')),
  ]);
  await clock.runTurns();
  await written;
  let tell: (entries: readonly LogEntry[]) => void = () => undefined;
  const watched: EventLog = {
    ...log,
    watch(_runId, listener) {
      tell = listener;
      return () => undefined;
    },
  };
  const budget = createTailBudget(0);
  const tail = createRunTail(watched, {
    runId,
    readPage: log.read,
    budget,
    maxEntries: 2048,
    pageEntries: 4,
    pageBytes: 1_000_000,
    maxMergedChars: 65_536,
  });
  await tail.opened;
  const last = (await log.read(runId, { after: 0, limit: 100 })).at(-1);
  if (last === undefined) throw new Error('the run has no events');
  return { budget, tail, commitAgain: () => tell([last]) };
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick += 1) await Promise.resolve();
}

describe('in a full budget', () => {
  // Each commit gives up the pages, also the one that was read a microtask before.
  test('a page is read in spite of commits at every moment', async () => {
    const { tail, commitAgain } = await createScene();
    const loaded = tail.load(1);
    for (let tick = 0; tick < 40; tick += 1) {
      await Promise.resolve();
      commitAgain();
    }
    await expect(loaded).resolves.toBeUndefined();
  });

  test.each(Array.from({ length: 6 }, (_, tick) => tick))(
    'two followers whose pages are read %i microtasks apart both get theirs',
    async (tick) => {
      const { tail } = await createScene();
      const first = tail.load(1);
      await ticks(tick);
      const second = tail.load(7);
      await expect(Promise.all([first, second])).resolves.toEqual([undefined, undefined]);
    },
  );
});

test('what is asked of a tail after its end is not counted', async () => {
  const { budget, tail } = await createScene();
  await tail.load(1);
  expect(budget.isFull).toBe(true);
  tail.close();
  expect(budget.isFull).toBe(false);
  expect(tail.next({ sent: 0, scanned: 0, withReasoning: true })).toMatchObject({ seq: 1 });
  await tail.load(5);
  expect(budget.isFull).toBe(false);
});

test('a head that is ahead of the notifications: what they have brought does not end the log', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const run = createRunScript(runId);
  const written = Promise.all([log.append(run.begin()), log.append(run.deltas('a', 'b', 'c'))]);
  await clock.runTurns();
  await written;
  const entries = await log.read(runId, { after: 0, limit: 100 });
  const head = Promise.withResolvers<void>();
  let notify: (notified: readonly LogEntry[]) => void = () => undefined;
  const remote: EventLog = {
    ...log,
    head: (id) => head.promise.then(() => log.head(id)),
    watch(_runId, listener) {
      notify = listener;
      return () => undefined;
    },
  };
  const tail = createRunTail(remote, {
    runId,
    readPage: log.read,
    budget: createTailBudget(1_000_000),
    maxEntries: 2048,
    pageEntries: 16,
    pageBytes: 1_000_000,
    maxMergedChars: 65_536,
  });
  notify(entries.slice(0, 5));
  head.resolve();
  await tail.opened;
  expect(tail.next({ sent: 6, scanned: 6, withReasoning: true })).toMatchObject({ mustLoad: true });
  await tail.load(7);
  expect(tail.next({ sent: 6, scanned: 6, withReasoning: true })).toMatchObject({ seq: 7 });
});
