import { getEventListeners } from 'node:events';
import type { RunEvent } from '@stagewire/shared';
import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFollowing, gap, runId, shown } from '../support/following.ts';
import { createReader } from '../support/reader.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

test('a slow reader is not fed, and then gets what came merged', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start();
  await clock.runTurns();
  reader.shut();
  // The gate is asked before each event: one that was already asked for still comes.
  await append(run.deltas('a'));
  for (const text of ['b', 'c', 'd']) await append(run.deltas(text));
  await clock.advance(5000);
  const fedWhileShut = reader.items.length - 4;
  expect(fedWhileShut).toBeLessThanOrEqual(1);
  reader.open();
  await clock.runTurns();
  expect(reader.items.slice(4 + fedWhileShut).map(shown)).toEqual([
    fedWhileShut === 1 ? '6–8 bcd' : '5–8 abcd',
  ]);
  reader.abort();
});

test('followers at the same place get the same objects, live and in replay, from one watcher and one reading', async () => {
  const { run, append, start, clock, counts } = createFollowing();
  await append(run.begin(), run.deltas('a', 'b', 'c'));
  const readers = [start(), start(), start(), start({ include: { reasoning: false } })];
  await clock.runTurns();
  expect(counts).toEqual({ watchers: 1, reads: 1 });
  await append(run.deltas('d', 'e'));
  await append(run.complete());
  const [first, ...others] = readers.slice(0, 3);
  for (const other of others) {
    other.items.forEach(({ event }, index) => expect(event).toBe(first?.items[index]?.event));
  }
  expect(first?.items.map(shown).slice(4, 6)).toEqual(['5–7 abc', '8–9 de']);
  expect(counts).toEqual({ watchers: 0, reads: 1 });
});

test('with a window the first delta goes at once, the next ones together, other events at once', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start({ window: () => 40 });
  await clock.advance(100);
  await append(run.deltas('a'));
  expect(reader.items.slice(4).map(shown)).toEqual(['5 a']);
  for (const text of ['b', 'c']) {
    await clock.advance(10);
    await append(run.deltas(text));
  }
  expect(reader.items).toHaveLength(5);
  await clock.advance(20);
  expect(reader.items.slice(5).map(shown)).toEqual(['6–7 bc']);
  await append(run.deltas('d'));
  expect(reader.items).toHaveLength(6);
  await append(run.next({ type: 'run.planned', roles: [], cause: 'review' }));
  expect(reader.items.slice(6).map(shown)).toEqual(['8 d', '9 run.planned']);
  expect(clock.pendingTimers).toBeLessThanOrEqual(1);
  reader.abort();
  await reader.ended;
  expect(clock.pendingTimers).toBe(0);
});

test.for(['replaying', 'idle', 'waiting for its reader', 'opening'] as const)(
  'an abort ends a follower that is %s, and nothing of it stays',
  async (state) => {
    const { run, append, start, clock, counts } = createFollowing();
    await append(run.begin(), run.deltas('a'));
    const reader = start();
    if (state === 'waiting for its reader') reader.shut();
    if (state !== 'opening') await clock.advance(state === 'replaying' ? 0 : 1500);
    reader.abort();
    await reader.ended;
    expect(clock.pendingTimers).toBe(0);
    expect(counts.watchers).toBe(0);
    expect(getEventListeners(reader.signal, 'abort')).toEqual([]);
    const count = reader.items.length;
    await append(run.deltas('b'));
    expect(reader.items).toHaveLength(count);
  },
);

test('a run that is not there, a seq it has not, and a run that is removed meanwhile are told', async () => {
  const { run, append, start, clock, log } = createFollowing({ pageEntries: 2, maxMergedChars: 1 });
  const missing = start({ runId: runIdOf(2) });
  await expect(missing.ended).rejects.toMatchObject({ name: 'RunMissing' });
  await append(run.begin(), run.deltas('a', 'b', 'c'), run.complete());
  await expect(start({ after: 99 }).ended).rejects.toMatchObject({ name: 'RunMissing' });
  const reader = start();
  reader.shut();
  await clock.runTurns();
  await log.remove(runId);
  reader.open();
  const [outcome] = await Promise.allSettled([reader.ended, clock.runTurns()]);
  expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'RunMissing' } });
  expect(clock.pendingTimers).toBe(0);
});

test('1,000 follows begun at any moment of a run at full speed miss nothing', async () => {
  const { run, append, start, clock, log } = createFollowing({ maxEntries: 64, pageEntries: 32 });
  await append(run.begin());
  const readers: ReturnType<typeof start>[] = [];
  for (let index = 0; index < 500; index += 1) {
    const appended = log.append(run.deltas(`${index} `));
    readers.push(start());
    // Some microtasks later: before, in and after the commit of that turn.
    for (let tick = 0; tick < index % 7; tick += 1) await Promise.resolve();
    if (index % 3 > 0) await clock.runTurns();
    readers.push(start());
    await Promise.all([appended, clock.runTurns()]);
  }
  await append(run.complete());
  await clock.runTurns();
  const text = Array.from({ length: 500 }, (_, index) => `${index} `).join('');
  for (const reader of readers) {
    await reader.ended;
    expect(textOf(reader.items.map(({ event }) => event))).toBe(text);
  }
});

/** The text, if every event begins where the one before it ended. */
function textOf(events: readonly RunEvent[]): string {
  let seq = 0;
  let text = '';
  for (const event of events) {
    expect(event.firstSeq ?? event.seq).toBe(seq + 1);
    seq = event.seq;
    if (event.type === 'stage.delta') text += event.text;
  }
  return text;
}

test('an abort ends a follower whose log does not answer', async () => {
  const clock = createFakeClock();
  const never = () => new Promise<never>(() => undefined);
  const tails = createTails({ ...createMemoryLog({ clock }), head: never, at: never }, { clock });
  const reader = createReader(({ signal }) =>
    subscribeToRun(tails, {
      runId,
      after: 0,
      include: { reasoning: true },
      heartbeatMs: 1000,
      heartbeat: () => gap,
      signal,
    }),
  );
  await clock.runTurns();
  expect(reader.isEnded).toBe(false);
  reader.abort();
  await reader.ended;
  expect(reader.items).toEqual([]);
});

test('pages of many runs are read one in a turn, so that others get theirs in between', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const scripts = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
  const appended = Promise.all(scripts.map((run) => log.append(run.begin())));
  await clock.runTurns();
  await appended;
  const turns: (() => void)[] = [];
  const read: string[] = [];
  const counting: EventLog = {
    ...log,
    read: (id, page) => {
      read.push(id);
      return log.read(id, page);
    },
  };
  const tails = createTails(counting, { clock: { ...clock, turn: (task) => turns.push(task) } });
  const readers = scripts.map(({ runId: id }) =>
    createReader(({ signal }) =>
      subscribeToRun(tails, {
        runId: id,
        after: 0,
        include: { reasoning: true },
        heartbeatMs: 1000,
        heartbeat: () => gap,
        signal,
      }),
    ),
  );
  for (let turn = 1; turn <= 3; turn += 1) {
    await clock.runTurns();
    expect(read).toEqual([1, 2, 3].slice(0, turn).map(runIdOf));
    for (const task of turns.splice(0)) task();
  }
  for (const reader of readers) reader.abort();
});
