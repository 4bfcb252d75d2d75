import { expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { BadAppend, LogConflict, LogUnavailable } from '../../server/log/event-log.ts';
import type { EventLog, GlobalEntry, LogEntry } from '../../server/log/event-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { within } from '../support/until.ts';

const settled = (promises: readonly Promise<unknown>[]) =>
  Promise.allSettled(promises).then((all) =>
    all.map((one) => (one.status === 'fulfilled' ? 'appended' : (one.reason as Error).name)),
  );

const seqs = (entries: readonly GlobalEntry[]) => entries.map(({ event }) => event.seq);

/** A fresh log for one test. */
export type OpenLog = () => Promise<AsyncDisposable & { readonly log: EventLog }>;

/** What every event log must do; run by each implementation, with `runIndexContract`. */
export function eventLogContract(open: OpenLog): void {
  test('an empty log has nothing', async () => {
    await using it = await open();
    expect(await it.log.head(runIdOf(1))).toBeUndefined();
    expect(await it.log.read(runIdOf(1), { after: 0, limit: 10 })).toEqual([]);
    expect(await it.log.at(runIdOf(1), 1)).toBeUndefined();
    expect(await it.log.readAll({ after: 0, limit: 10 })).toEqual([]);
    expect(await it.log.lastGlobalPosition()).toBe(0);
    expect(await it.log.list({ limit: 10 })).toEqual([]);
    expect(await it.log.liveRuns()).toEqual([]);
    await it.log.probe();
  });

  test('what is appended can be read as it was, from any place and in pages', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    const appends = [
      run.begin({ task: 'umlaut ü, emoji 🙂, half \uD83D' }),
      run.deltas('a', 'b\u0000"'),
      run.complete(),
    ];
    for (const append of appends) await it.log.append(append);
    const events = appends.flatMap((append) => append.events);
    const all = await it.log.read(run.runId, { after: 0, limit: 100 });
    expect(all.map((entry) => entry.event)).toEqual(events);
    expect(seqs(await it.log.read(run.runId, { after: 3, limit: 2 }))).toEqual([4, 5]);
    expect(await it.log.read(run.runId, { after: 8, limit: 2 })).toEqual([]);
    expect(await it.log.at(run.runId, 6)).toEqual(all[5]);
    expect(await it.log.at(run.runId, 9)).toBeUndefined();
    expect(await it.log.at(run.runId, 0)).toBeUndefined();
  });

  test('the head tells position and status', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    const orderAt = async (seq: number) => (await it.log.at(run.runId, seq))?.globalPosition;
    expect(await it.log.head(run.runId)).toMatchObject({
      status: 'live',
      position: { epoch: 1, seq: 4 },
      globalPosition: await orderAt(4),
    });
    await it.log.append(run.complete());
    expect(await it.log.head(run.runId)).toMatchObject({
      status: 'ended',
      position: { epoch: 1, seq: 6 },
      globalPosition: await orderAt(6),
    });
  });

  test('a reader sees all of an append or none of it', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    const begin = run.begin();
    const progress = { isCommitted: false };
    const appended = it.log.append(begin).finally(() => {
      progress.isCommitted = true;
    });
    const seen = new Set<number>();
    do {
      const entries = await it.log.read(run.runId, { after: 0, limit: 10 });
      seen.add(entries.length);
      await new Promise((resolve) => setImmediate(resolve));
    } while (!progress.isCommitted);
    await appended;
    for (const length of seen) expect([0, begin.events.length]).toContain(length);
    const all = await it.log.readAll({ after: 0, limit: 10 });
    expect(all.map(({ event }) => event)).toEqual(begin.events);
    expect(await it.log.lastGlobalPosition()).toBe(all.at(-1)?.globalPosition);
  });

  test('position tells in one read what a subscription starts from', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    expect(await it.log.position(run.runId, 0)).toBeUndefined();
    await it.log.append(run.begin());
    await it.log.append(run.complete());
    const [head, first, third] = [
      await it.log.head(run.runId),
      await it.log.at(run.runId, 1),
      await it.log.at(run.runId, 3),
    ];
    expect(await it.log.position(run.runId, 0)).toEqual({ head, first, at: undefined });
    expect(await it.log.position(run.runId, 1)).toEqual({ head, first, at: first });
    expect(await it.log.position(run.runId, 3)).toEqual({ head, first, at: third });
    expect(await it.log.position(run.runId, 99)).toEqual({ head, first, at: undefined });
    await it.log.remove(run.runId);
    expect(await it.log.position(run.runId, 1)).toEqual({ head: { status: 'removed', owner: 'local' } });
  });

  test('watchAll brings every entry once, in order, from the moment of the call', async () => {
    await using it = await open();
    const runs = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
    await Promise.all(runs.map((run) => it.log.append(run.begin())));
    const before = await it.log.lastGlobalPosition();
    const heard: GlobalEntry[] = [];
    it.log.watchAll((entries) => heard.push(...entries));
    for (let round = 0; round < 5; round += 1) {
      const appends = runs.map((run) => it.log.append(run.deltas('a', 'b')));
      const rival = runs[0] === undefined ? [] : [it.log.append({ ...runs[0].deltas(), expectedSeq: 1 })];
      await Promise.allSettled([...appends, ...rival]);
    }
    await expect.poll(() => heard.length).toBe(30);
    expect(heard).toEqual(await it.log.readAll({ after: before, limit: 100 }));
    expect(heard.map(({ globalPosition: order }) => order)).toEqual(
      heard.map(({ globalPosition: order }) => order).toSorted((a, b) => a - b),
    );
  });

  test('several appends of one run in one turn chain', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    const appends = [run.begin(), run.deltas('a'), run.deltas('b'), run.complete()];
    expect(await settled(appends.map((append) => it.log.append(append)))).toEqual(Array(4).fill('appended'));
    expect(seqs(await it.log.read(run.runId, { after: 0, limit: 100 }))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await it.log.list({ limit: 1 })).toMatchObject([{ status: 'completed' }]);
  });

  test('another last seq is a conflict, for that append alone', async () => {
    await using it = await open();
    const [one, other] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    await it.log.append(one.begin());
    const first = one.deltas('a');
    const rival = { ...first, events: first.events.map((event): DurableEvent => ({ ...event })) };
    const ahead = { ...other.begin(), expectedSeq: 7 };
    expect(
      await settled([first, rival, ahead, createRunScript(runIdOf(3)).begin()].map(it.log.append)),
    ).toEqual(['appended', 'LogConflict', 'LogConflict', 'appended']);
    await expect(it.log.append(first)).rejects.toThrow(LogConflict);
    expect(await it.log.head(other.runId)).toBeUndefined();
  });

  test('run.recovered takes a run over; the owner before is refused from then on', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    const stale = { ...run.deltas('stale') };
    const takenOver = createRunScript(runIdOf(1));
    takenOver.begin();
    const recovery = takenOver.next({ type: 'run.recovered', reason: 'takeover', cutOff: null });
    expect(await settled([it.log.append(recovery), it.log.append(stale)])).toEqual([
      'appended',
      'LogConflict',
    ]);
    const sameSeqOldEpoch = { ...takenOver.deltas('x'), epoch: 1 };
    await expect(it.log.append(sameSeqOldEpoch)).rejects.toThrow(LogConflict);
    expect((await it.log.head(run.runId)) ?? {}).toMatchObject({ position: { epoch: 2, seq: 5 } });
    expect((await it.log.read(run.runId, { after: 3, limit: 9 })).map(({ epoch }) => epoch)).toEqual([1, 2]);
  });

  test('an epoch cannot be skipped, nor opened or gone on with by the wrong event', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    const append = run.deltas('a');
    await expect(it.log.append({ ...append, epoch: 3 })).rejects.toThrow(LogConflict);
    await expect(it.log.append({ ...append, epoch: 2 })).rejects.toThrow(BadAppend);
    const recovery = createRunScript(runIdOf(1));
    recovery.begin();
    const recovered = recovery.next({ type: 'run.recovered', reason: 'restart', cutOff: null });
    await expect(it.log.append({ ...recovered, epoch: 1 })).rejects.toThrow(BadAppend);
    await expect(it.log.append({ ...createRunScript(runIdOf(2)).begin(), epoch: 2 })).rejects.toThrow(
      LogConflict,
    );
    await it.log.append(append);
  });

  test('a bad append fails alone, whole, and leaves its run as it was', async () => {
    await using it = await open();
    const [good, bad] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    await it.log.append(bad.begin());
    const seen: GlobalEntry[] = [];
    it.log.watchAll((entries) => seen.push(...entries));
    const append = bad.deltas('a', 'b');
    const gap = {
      ...append,
      events: append.events.map((event) => ({ ...event, seq: event.seq + (event.seq > 5 ? 1 : 0) })),
    };
    expect(await settled([good.begin(), gap, good.deltas('x')].map(it.log.append))).toEqual([
      'appended',
      'BadAppend',
      'appended',
    ]);
    expect(await it.log.head(bad.runId)).toMatchObject({ position: { seq: 4 } });
    expect(seen.map(({ event }) => event.runId)).toEqual(Array(5).fill(good.runId));
    await it.log.append(append);
  });

  test.for([
    ['no events', (events: readonly DurableEvent[]) => events.slice(0, 0)],
    [
      'another run’s event',
      (events: readonly DurableEvent[]) => events.map((e) => ({ ...e, runId: runIdOf(9) })),
    ],
    ['a merged event', (events: readonly DurableEvent[]) => events.map((e) => ({ ...e, firstSeq: 1 }))],
    [
      'a run that begins twice',
      (events: readonly DurableEvent[]) =>
        events.map((e) => ({ ...createRunScript(e.runId).begin().events[0], seq: e.seq }) as DurableEvent),
    ],
  ] as const)('%s is a bad append', async ([, spoil]) => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    const append = run.deltas('a');
    const spoilt = { ...append, events: spoil(append.events) };
    await expect(it.log.append(spoilt)).rejects.toThrow(BadAppend);
    await it.log.append(append);
  });

  test('nothing follows the end, and no run begins without run.queued', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    await it.log.append(run.begin());
    await it.log.append(run.complete());
    await expect(it.log.append(run.deltas('late'))).rejects.toThrow(BadAppend);
    const other = createRunScript(runIdOf(2));
    await expect(it.log.append(other.next({ type: 'run.started' }))).rejects.toThrow(BadAppend);
  });

  test('orders rise in the order of commits, over all runs', async () => {
    await using it = await open();
    const runs = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
    await Promise.all(runs.map((run) => it.log.append(run.begin())));
    await Promise.all(runs.toReversed().map((run) => it.log.append(run.deltas('a', 'b'))));
    const all = await it.log.readAll({ after: 0, limit: 100 });
    const orders = all.map(({ globalPosition: order }) => order);
    expect(orders).toEqual(orders.toSorted((a, b) => a - b));
    expect(new Set(orders).size).toBe(18);
    expect(all.slice(12).map(({ event }) => event.runId)).toEqual([3, 3, 2, 2, 1, 1].map(runIdOf));
    expect(await it.log.readAll({ after: orders[4] ?? 0, limit: 3 })).toEqual(all.slice(5, 8));
    const withoutDeltas = await it.log.readAll({ after: 0, limit: 100, deltas: false });
    expect(withoutDeltas).toEqual(all.slice(0, 12));
    expect(await it.log.lastGlobalPosition()).toBe(orders.at(-1));
  });

  test('watchers hear of a commit once, after it and before the appenders', async () => {
    await using it = await open();
    const [one, other] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    const heard: string[] = [];
    let readable: Promise<readonly LogEntry[]> | undefined;
    const stop = it.log.watch(one.runId, (entries) => {
      heard.push(`one ${seqs(entries).join()}`);
      readable = it.log.read(one.runId, { after: 0, limit: 10 });
    });
    const stopAll = it.log.watchAll((entries) => heard.push(`all ${seqs(entries).join()}`));
    const appends = [one.begin(), other.begin(), one.deltas('a')].map((append) =>
      it.log.append(append).then(() => heard.push('appended')),
    );
    await Promise.all(appends);
    expect(heard).toEqual(['one 1,2,3,4,5', 'all 1,2,3,4,1,2,3,4,5', 'appended', 'appended', 'appended']);
    expect(seqs((await readable) ?? [])).toEqual([1, 2, 3, 4, 5]);
    stop();
    stopAll();
    await it.log.append(one.deltas('b'));
    expect(heard).toHaveLength(5);
  });

  test('one function may watch twice and stop once', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    let calls = 0;
    const listener = () => (calls += 1);
    const stop = it.log.watch(run.runId, listener);
    it.log.watch(run.runId, listener);
    stop();
    stop();
    await it.log.append(run.begin());
    expect(calls).toBe(1);
  });

  test('a listener that throws harms neither the commit nor the others', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    const uncaught = Promise.withResolvers<Error>();
    // Before the runner's listeners, which stay where they are.
    process.setUncaughtExceptionCaptureCallback(uncaught.resolve);
    using atEnd = new DisposableStack();
    atEnd.defer(() => process.setUncaughtExceptionCaptureCallback(null));
    let heard = 0;
    it.log.watch(run.runId, () => {
      throw new Error('a defect');
    });
    it.log.watch(run.runId, () => (heard += 1));
    await it.log.append(run.begin());
    expect(heard).toBe(1);
    expect(await within(uncaught.promise, 'the uncaught error')).toMatchObject({ message: 'a defect' });
  });

  test('close commits what is under way, once, and then nothing more is possible', async () => {
    await using it = await open();
    const run = createRunScript(runIdOf(1));
    const appended = it.log.append(run.begin());
    const closed = it.log.close();
    await it.log.close();
    await Promise.all([appended, closed]);
    await expect(it.log.append(run.deltas('a'))).rejects.toThrow(LogUnavailable);
    await expect(it.log.read(run.runId, { after: 0, limit: 1 })).rejects.toThrow(LogUnavailable);
    await expect(it.log.probe()).rejects.toThrow(LogUnavailable);
  });
}
