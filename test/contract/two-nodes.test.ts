import { describe, expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createMemoryCluster } from '../support/memory-cluster.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { createSimLink, type SimLinkFaults } from '../support/sim-link.ts';

const leaseMs = 10_000;

function open(faults: Partial<SimLinkFaults> = {}) {
  const clock = createFakeClock();
  const random = createSeededChance(7);
  const truth = createMemoryLog({ clock });
  const cluster = createMemoryCluster({ clock, truth, leaseMs });
  const join = (nodeId: string) => {
    const link = createSimLink(clock, random);
    Object.assign(link.faults, faults);
    return { link, ...cluster.join({ nodeId, link, enter: (task) => task() }) };
  };
  /** Waits for something that needs time on the network. */
  async function done<T>(promise: Promise<T>): Promise<T> {
    promise.catch(() => undefined);
    await clock.advance(500);
    return settle(clock, promise);
  }
  return { clock, truth, cluster, done, a: join('a'), b: join('b') };
}

const orders = (entries: readonly GlobalEntry[]) => entries.map(({ globalPosition }) => globalPosition);

describe('two nodes over one log', () => {
  test.each([
    ['none', {}],
    ['late', { latencyMs: 80 }],
    ['doubled', { latencyMs: 40, doubledNotifications: 0.5 }],
    ['lost', { latencyMs: 20, lostNotifications: 0.6 }],
    ['late, doubled and lost', { latencyMs: 80, doubledNotifications: 0.5, lostNotifications: 0.4 }],
  ])('hear every entry once and in order, with faults of notifications: %s', async (_name, faults) => {
    const it = open(faults);
    const heard = { a: [] as GlobalEntry[], b: [] as GlobalEntry[] };
    it.a.log.watchAll((entries) => heard.a.push(...entries));
    it.b.log.watchAll((entries) => heard.b.push(...entries));
    const runs = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    await it.done(it.a.log.append({ ...runs[0]!.begin(), claim: true }));
    await it.done(it.b.log.append({ ...runs[1]!.begin(), claim: true }));
    for (let round = 0; round < 20; round += 1) {
      const appends = [it.a.log.append(runs[0]!.deltas('a', 'b')), it.b.log.append(runs[1]!.deltas('c'))];
      await it.done(Promise.all(appends));
    }
    await it.done(Promise.all([it.a.catchUp(), it.b.catchUp()]));
    const all = await it.truth.readAll({ after: 0, limit: 1000 });
    expect(all).toHaveLength(68);
    expect(orders(heard.a)).toEqual(orders(all));
    expect(orders(heard.b)).toEqual(orders(all));
  });

  test('one that has missed ten thousand entries catches up with the renewal of its lease', async () => {
    const it = open();
    const run = createRunScript(runIdOf(1));
    await it.done(it.a.log.append({ ...run.begin(), claim: true }));
    const heard: number[] = [];
    const ofRun: number[] = [];
    it.b.log.watchAll((entries) => heard.push(...orders(entries)));
    it.b.log.watch(run.runId, (entries) => ofRun.push(...orders(entries)));
    it.b.link.faults.lostNotifications = 1;
    for (let page = 0; page < 10; page += 1) {
      await it.done(it.a.log.append(run.deltas(...Array.from({ length: 1000 }, () => 'x'))));
    }
    expect(heard).toEqual([]);
    await it.done(it.b.ownership.renew());
    const all = await it.truth.readAll({ after: 4, limit: 20_000 });
    expect(all).toHaveLength(10_000);
    expect(heard).toEqual(orders(all));
    expect(ofRun).toEqual(orders(all));
  });

  test('who appends has been notified before the append resolves', async () => {
    const it = open({ lostNotifications: 1 });
    const run = createRunScript(runIdOf(1));
    let heard = 0;
    it.a.log.watch(run.runId, (entries) => (heard += entries.length));
    let atAnswer = -1;
    await it.done(it.a.log.append(run.begin()).then(() => (atAnswer = heard)));
    expect(atAnswer).toBe(4);
  });
});

describe('ownership by leases and claims', () => {
  const begin = (number: number) => createRunScript(runIdOf(number), { startMs: number * 1000 });

  test('gives queued runs in their order, each to one node, and no more than are wanted', async () => {
    const it = open();
    const queued = [3, 1, 2].map((number) => {
      const script = begin(number);
      return { ...script.begin(), events: script.begin().events.slice(0, 1) };
    });
    for (const append of queued) {
      const [first] = append.events;
      await it.done(it.a.log.append({ ...append, expectedSeq: 0, events: [{ ...first!, seq: 1 }] }));
    }
    await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
    expect(it.a.ownership.queued).toBe(3);
    expect(it.b.ownership.positionOf(runIdOf(2))).toMatchObject({ ahead: 1 });
    const claims = await it.done(
      Promise.all([it.a.ownership.claim({ atMost: 2 }), it.b.ownership.claim({ atMost: 2 })]),
    );
    const ids = claims.flat().map(({ runId }) => runId);
    expect(ids.toSorted()).toEqual([1, 2, 3].map(runIdOf));
    expect(claims.flat().every(({ reason }) => reason === 'queued')).toBe(true);
    expect(it.a.ownership.queued).toBe(0);
  });

  test('takes a run over when the lease of its node is over, and refuses what that node still writes', async () => {
    const it = open();
    const run = begin(1);
    await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
    await it.done(it.a.log.append({ ...run.begin(), claim: true }));
    expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
    await it.clock.advance(leaseMs);
    expect(await it.done(it.b.ownership.claim({ atMost: 5, takeOver: false }))).toEqual([]);
    const claims = await it.done(it.b.ownership.claim({ atMost: 5 }));
    expect(claims).toMatchObject([{ runId: run.runId, reason: 'takeover' }]);
    await expect(it.done(it.a.log.append(run.deltas('late')))).rejects.toMatchObject({ name: 'LogConflict' });
    expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [run.runId] });
    expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [] });
  });

  test('leaves a node the runs that nobody has claimed while its lease was over', async () => {
    const it = open();
    const run = begin(1);
    await it.done(it.a.ownership.renew());
    await it.done(it.a.log.append({ ...run.begin(), claim: true }));
    await it.clock.advance(3 * leaseMs);
    expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [] });
    expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
    await it.done(it.a.log.append(run.deltas('still here')));
  });

  test('gives a claim again whose answer was lost, and a released run to any node', async () => {
    const it = open();
    const run = begin(1);
    await it.done(it.a.log.append(run.begin()));
    await it.done(it.b.ownership.renew());
    it.b.link.faults.lostAnswers = 1;
    await expect(it.done(it.b.ownership.claim({ atMost: 5 }))).rejects.toMatchObject({ outcome: 'unknown' });
    it.b.link.faults.lostAnswers = 0;
    expect(it.cluster.ownerOf(run.runId)).toBe('b');
    expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toMatchObject([{ runId: run.runId }]);
    expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
    await it.done(it.a.ownership.release([run.runId]));
    expect(it.cluster.ownerOf(run.runId)).toBe('b');
    await it.done(it.b.ownership.release([run.runId]));
    expect(await it.done(it.a.ownership.claim({ atMost: 5 }))).toMatchObject([{ reason: 'takeover' }]);
  });
});
