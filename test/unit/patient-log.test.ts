import { expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { LogConflict, LogUnavailable, type Append, type EventLog } from '../../server/log/event-log.ts';
import type { LogEntry } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createPatientLog } from '../../server/log/patient-log.ts';
import { createRecorder } from '../../server/runs/execute/recorder.ts';
import { loadRun } from '../../server/runs/load-run.ts';
import { settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';

type Fault = 'none' | 'not reached' | 'answer lost' | 'request lost';

function open(patienceMs = 10_000) {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const faults = { next: [] as Fault[], always: 'none' as Fault, appends: 0 };
  const raw: EventLog = {
    ...memory,
    async append(append: Append) {
      faults.appends += 1;
      const fault = faults.next.shift() ?? faults.always;
      if (fault === 'not reached') throw new LogUnavailable('not reached');
      if (fault !== 'request lost') await memory.append(append);
      if (fault !== 'none') throw new LogUnavailable('no answer', { outcome: 'unknown' });
    },
  };
  const log = createPatientLog(raw, { clock, random: () => 0.5, patienceMs });
  async function done<T>(promise: Promise<T>, ms = 20_000): Promise<T> {
    promise.catch(() => undefined);
    await clock.advance(ms);
    return settle(clock, promise);
  }
  return { clock, memory, log, faults, done };
}

test('an append is tried again until it succeeds, and nobody hears of it', async () => {
  const it = open();
  it.faults.next = ['not reached', 'not reached', 'not reached'];
  const run = createRunScript(runIdOf(1));
  const appended = it.log.append(run.begin());
  await it.clock.advance(60);
  expect(it.log.stalledMs(run.runId)).toBeGreaterThan(0);
  expect(it.log.stalledMs(runIdOf(2))).toBeUndefined();
  await it.done(appended);
  expect(it.faults.appends).toBe(4);
  expect(it.log.stalledMs(run.runId)).toBeUndefined();
  expect(await it.memory.lastGlobalPosition()).toBe(4);
});

test.each(['answer lost', 'request lost'] as const)('an append is in the log once: %s', async (fault) => {
  const it = open();
  it.faults.next = [fault];
  const run = createRunScript(runIdOf(1));
  await it.done(it.log.append(run.begin()));
  it.faults.next = [fault, 'not reached', fault];
  await it.done(it.log.append(run.deltas('a', 'b')));
  const entries = await it.memory.read(run.runId, { after: 0, limit: 100 });
  expect(entries.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6]);
});

test('events of another node in its place are a conflict, not the lost append', async () => {
  const it = open();
  const [ours, theirs] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(1))];
  await it.done(it.log.append(ours.begin()));
  theirs.begin();
  it.faults.next = ['request lost'];
  const appended = it.log.append(ours.deltas('ours'));
  appended.catch(() => undefined);
  await settle(it.clock, it.memory.append(theirs.deltas('theirs')));
  await expect(it.done(appended)).rejects.toThrow(LogConflict);
});

test('when the patience is over it is unavailable, and says whether it may have been written', async () => {
  const it = open(2000);
  it.faults.always = 'not reached';
  const run = createRunScript(runIdOf(1));
  await expect(it.done(it.log.append(run.begin()), 2100)).rejects.toMatchObject({ outcome: 'not-written' });
  it.faults.next = ['request lost'];
  const begin = { ...createRunScript(runIdOf(2)).begin() };
  await expect(it.done(it.log.append(begin), 2100)).rejects.toMatchObject({ outcome: 'unknown' });
});

test.each(['answer lost', 'request lost'] as const)(
  'a recorder finds out what came of its append before it goes on: %s',
  async (fault) => {
    const it = open(0);
    const runId = runIdOf(1);
    const { clock, log } = it;
    const recorder = createRecorder({ runId, log, clock, progress: undefined });
    await it.done(recorder.record([queuedBody()]), 10);
    it.faults.next = [fault];
    const started = recorder.record([{ type: 'run.started' }]);
    await expect(it.done(started, 10)).rejects.toMatchObject({ outcome: 'unknown' });
    expect(recorder.progress.run.seq).toBe(1);
    await it.done(recorder.settle(), 10);
    expect(recorder.progress.run.seq).toBe(fault === 'answer lost' ? 2 : 1);
    expect((await loadRun(it.memory, runId, { clock }))?.run.seq).toBe(recorder.progress.run.seq);
    await it.done(recorder.record([{ type: 'run.planned', roles: ['coder'], cause: 'start' }]), 10);
  },
);

// Compared as text, an event whose keys came back in another order was somebody else's.
test('an append whose answer was lost is found also by a log that gives keys back in another order', async () => {
  const it = open();
  const turned = (entry: LogEntry | undefined) =>
    entry && {
      ...entry,
      event: Object.fromEntries(Object.entries(entry.event).toReversed()) as DurableEvent,
    };
  const store: EventLog = {
    ...it.memory,
    at: async (runId, seq) => turned(await it.memory.at(runId, seq)),
    read: async (runId, page) => (await it.memory.read(runId, page)).flatMap((entry) => turned(entry) ?? []),
    async append(append) {
      await it.memory.append(append);
      throw new LogUnavailable('no answer', { outcome: 'unknown' });
    },
  };
  const log = createPatientLog(store, { clock: it.clock, random: () => 0.5, patienceMs: 10_000 });
  await it.done(log.append(createRunScript(runIdOf(1)).begin()));
  expect(await it.memory.lastGlobalPosition()).toBe(4);

  const recorder = createRecorder({ runId: runIdOf(2), log: store, clock: it.clock, progress: undefined });
  await expect(it.done(recorder.record([queuedBody()]))).rejects.toThrow('no answer');
  await it.done(recorder.settle());
  expect(recorder.progress.run.seq).toBe(1);
});
