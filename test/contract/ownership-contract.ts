import { describe, expect, test } from 'vitest';
import type { Append } from '../../server/log/event-log.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';
import { until } from '../support/until.ts';
import type { OpenTwoNodes } from './two-nodes-contract.ts';

/** A run that is only queued. */
const queuedOnly = (number: number, owner = 'local'): Append => {
  const script = createRunScript(runIdOf(number), { startMs: Date.UTC(2026, 0, 1) + number * 1000 });
  return script.next(queuedBody({ owner }));
};
const begin = (number: number) => createRunScript(runIdOf(number), { startMs: number * 1000 });

/** Which of two nodes over one log executes a run. */
export function ownershipContract(open: OpenTwoNodes): void {
  describe('ownership by leases and claims', () => {
    test('gives queued runs in their order, each to one node, and no more than are wanted', async () => {
      await using it = await open();
      for (const number of [3, 1, 2]) await it.done(it.a.log.append(queuedOnly(number)));
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      expect(it.b.ownership.positionOf(runIdOf(2))).toMatchObject({ ahead: 1 });
      // A renewal says how long the lease of the other node still is.
      const { nextExpiryMs = 0 } = await it.done(it.a.ownership.renew());
      expect(nextExpiryMs).toBeGreaterThan(0);
      expect(nextExpiryMs).toBeLessThanOrEqual(it.a.ownership.leaseMs);
      const claims = await it.done(
        Promise.all([it.a.ownership.claim({ atMost: 2 }), it.b.ownership.claim({ atMost: 2 })]),
      );
      const ids = claims.flat().map(({ runId }) => runId);
      // A node skips what the other one claims at the same moment.
      const rest = await it.done(it.b.ownership.claim({ atMost: 2 }));
      expect([...ids, ...rest.map(({ runId }) => runId)].toSorted()).toEqual([1, 2, 3].map(runIdOf));
      for (const node of claims) expect(node.length).toBeLessThanOrEqual(2);
      expect([...claims.flat(), ...rest].every(({ reason }) => reason === 'queued')).toBe(true);
      const [oldest] = [...claims.flat(), ...rest].filter(({ runId }) => runId === runIdOf(1));
      expect(oldest).toMatchObject({ queuedAtMs: Date.UTC(2026, 0, 1) + 1001 });
      expect(claims.map((node) => node.map(({ runId }) => runId))).toEqual(
        claims.map((node) => node.map(({ runId }) => runId).toSorted()),
      );
    });

    test('gives the runs of the owner with the fewest running runs first, those of one claim in turn', async () => {
      await using it = await open();
      const owners = ['many', 'many', 'many', 'many', 'few', 'few', 'none'];
      for (const [index, owner] of owners.entries())
        await it.done(it.a.log.append(queuedOnly(index + 1, owner)));
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      const ownersOfClaim = async (node: 'a' | 'b', atMost: number) => {
        const claims = await it.done(it[node].ownership.claim({ atMost }));
        return claims.map(({ runId }) => owners[[1, 2, 3, 4, 5, 6, 7].map(runIdOf).indexOf(runId)]);
      };
      // The oldest of each owner, although four runs of one owner are older than those of the others.
      expect(new Set(await ownersOfClaim('a', 3))).toEqual(new Set(['few', 'many', 'none']));
      // Runs of the other node count as well.
      expect(new Set(await ownersOfClaim('b', 2))).toEqual(new Set(['few', 'many']));
      expect(await ownersOfClaim('a', 9)).toEqual(['many', 'many']);
    });

    test('gives the older run first where owners have as many running runs', async () => {
      await using it = await open();
      for (const [number, owner] of [
        [1, 'one'],
        [2, 'other'],
        [3, 'one'],
        [4, 'other'],
      ] as const) {
        await it.done(it.a.log.append(queuedOnly(number, owner)));
      }
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      for (const number of [1, 2, 3, 4]) {
        const claims = await it.done(it.b.ownership.claim({ atMost: 1 }));
        expect(claims).toMatchObject([{ runId: runIdOf(number) }]);
      }
    });

    test('shows how many runs wait, and which before which', async () => {
      await using it = await open();
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      for (const number of [1, 2, 3]) await it.done(it.a.log.append(queuedOnly(number)));
      await it.done(it.b.ownership.renew());
      await until(async () => {
        await it.passMoment();
        return it.b.ownership.queued === 3;
      }, 'the number of queued runs at the other node');
      expect(it.b.ownership.positionOf(runIdOf(3))).toMatchObject({
        ahead: 2,
        queuedAtMs: Date.UTC(2026, 0, 1) + 3001,
      });
      expect(it.b.ownership.positionOf(runIdOf(4))).toBeUndefined();
      await it.done(it.a.ownership.claim({ atMost: 3 }));
      await until(async () => {
        await it.passMoment();
        return it.b.ownership.queued === 0;
      }, 'the queue to be empty at the other node');
    });

    test('notifies of runs to claim, wherever they were started or released', async () => {
      await using it = await open();
      let changes = 0;
      it.b.ownership.onChange(() => (changes += 1));
      await it.done(it.a.log.append(queuedOnly(1)));
      await until(async () => {
        await it.passMoment();
        return changes > 0;
      }, 'the start to be announced');
      await it.done(it.a.ownership.claim({ atMost: 1 }));
      const before = changes;
      await it.done(it.a.ownership.release([runIdOf(1)]));
      await until(async () => {
        await it.passMoment();
        return changes > before;
      }, 'the release to be announced');
      expect(await it.done(it.b.ownership.claim({ atMost: 1 }))).toHaveLength(1);
    });

    test('takes a run over when the lease of its node is over, and rejects what that node still writes', async () => {
      await using it = await open();
      const run = begin(1);
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
      const { lease: stale } = await it.done(it.b.ownership.renew());
      await it.passLeases();
      expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
      // It was delayed by what has delayed the renewals.
      expect(await it.done(it.b.ownership.claim({ atMost: 5, takeOver: stale }))).toEqual([]);
      const { lease: takeOver } = await it.done(it.b.ownership.renew());
      expect(await it.done(it.b.ownership.claim({ atMost: 5, takeOver: stale }))).toEqual([]);
      const claims = await it.done(it.b.ownership.claim({ atMost: 5, takeOver }));
      expect(claims).toMatchObject([{ runId: run.runId, reason: 'takeover' }]);
      await expect(it.done(it.a.log.append(run.deltas('late')))).rejects.toMatchObject({
        name: 'LogConflict',
      });
      expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [run.runId] });
      expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [] });
    });

    test('the new node of a run writes in the next epoch, and the former one in none', async () => {
      await using it = await open();
      const run = begin(1);
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      const stale = run.deltas('stale');
      await it.passLeases();
      const { lease: takeOver } = await it.done(it.b.ownership.renew());
      await it.done(it.b.ownership.claim({ atMost: 5, takeOver }));
      const next = begin(1);
      next.begin();
      await it.done(it.b.log.append(next.recover()));
      const recovery = { ...next.recover(), epoch: 3 };
      for (const append of [stale, recovery]) {
        await expect(it.done(it.a.log.append(append))).rejects.toMatchObject({ name: 'LogConflict' });
      }
      const epochs = await it.done(it.a.log.read(run.runId, { after: 0, limit: 99 }));
      expect(epochs.map(({ epoch }) => epoch)).toEqual([1, 1, 1, 1, 2, 2, 2]);
    });

    test('leaves a node the runs that no other has claimed while its lease was over', async () => {
      await using it = await open();
      const run = begin(1);
      await it.done(it.a.ownership.renew());
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      await it.passLeases();
      expect(await it.done(it.a.ownership.renew())).toMatchObject({ lost: [] });
      const { lease: takeOver } = await it.done(it.b.ownership.renew());
      expect(await it.done(it.b.ownership.claim({ atMost: 5, takeOver }))).toEqual([]);
      await it.done(it.a.log.append(run.deltas('still here')));
    });

    test('returns a claim again whose response was lost, and a released run to any node', async () => {
      await using it = await open();
      const run = begin(1);
      await it.done(it.a.log.append(run.begin()));
      await it.done(it.b.ownership.renew());
      it.b.loseAnswers(true);
      await expect(it.done(it.b.ownership.claim({ atMost: 5 }))).rejects.toMatchObject({
        outcome: 'unknown',
      });
      it.b.loseAnswers(false);
      expect(await it.done(it.a.ownership.claim({ atMost: 5 }))).toEqual([]);
      expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toMatchObject([{ runId: run.runId }]);
      expect(await it.done(it.b.ownership.claim({ atMost: 5 }))).toEqual([]);
      await it.done(it.a.ownership.release([run.runId]));
      expect(await it.done(it.a.ownership.claim({ atMost: 5 }))).toEqual([]);
      await it.done(it.b.ownership.release([run.runId]));
      expect(await it.done(it.a.ownership.claim({ atMost: 5 }))).toMatchObject([{ reason: 'takeover' }]);
    });

    test('gives a queued run to one node for a command', async () => {
      await using it = await open();
      await it.done(it.a.log.append(queuedOnly(1)));
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      const claimed = await it.done(
        Promise.all([it.a.ownership.claimQueued(runIdOf(1)), it.b.ownership.claimQueued(runIdOf(1))]),
      );
      expect(claimed.filter(Boolean)).toHaveLength(1);
      expect(await it.done(it.a.ownership.claimQueued(runIdOf(9)))).toBe(false);
    });

    test('a node of an older version leaves a run to the newer one for a while, and to none that drains', async () => {
      await using it = await open({ a: '1.9.0', b: '1.10.0' });
      const [older, newer] = [it.a.ownership, it.b.ownership];
      await it.done(older.renew());
      await it.done(newer.renew());
      // The first renewal announces a node: the older one need not renew before it knows.
      await it.passMoment();
      await it.done(newer.hasPeers());
      for (const number of [1, 2]) await it.done(it.a.log.append(queuedOnly(number)));
      const first = await it.done(older.claim({ atMost: 1 }));
      expect(first).toEqual([]);
      expect(await it.done(newer.claim({ atMost: 1 }))).toHaveLength(1);
      // The newer one has no more slots.
      await until(async () => {
        await it.passMoment();
        return (await it.done(older.claim({ atMost: 9 }))).length === 1;
      }, 'the older one to claim a run that the newer one leaves');
      await it.done(older.renew());
      await it.done(newer.renew());
      newer.announceDrain();
      await it.passMoment();
      await it.done(newer.release([runIdOf(1), runIdOf(2)]));
      expect(await it.done(older.claim({ atMost: 9 }))).toHaveLength(1);
    });

    test('a node that drains, or whose lease is not renewed in time, is no peer to hand runs over to', async () => {
      await using it = await open();
      await it.done(it.a.ownership.renew());
      expect(await it.done(it.a.ownership.hasPeers())).toBe(false);
      await it.done(it.b.ownership.renew());
      expect(await it.done(it.a.ownership.hasPeers())).toBe(true);
      it.b.ownership.announceDrain();
      await until(async () => {
        await it.passMoment();
        return !(await it.done(it.a.ownership.hasPeers()));
      }, 'the drain to be announced');
      await it.done(it.a.ownership.renew());
      expect(await it.done(it.b.ownership.hasPeers())).toBe(true);
      await it.passLeases();
      expect(await it.done(it.b.ownership.hasPeers())).toBe(false);
    });

    test('one node at a time sweeps', async () => {
      await using it = await open();
      const sweeping = Promise.withResolvers<void>();
      const first = it.a.ownership.withSweepLock(async () => {
        const other = await it.b.ownership.withSweepLock(() => Promise.resolve('swept'));
        sweeping.resolve();
        return other ?? 'skipped';
      });
      await it.done(sweeping.promise);
      expect(await it.done(first)).toBe('skipped');
      expect(await it.done(it.b.ownership.withSweepLock(() => Promise.resolve('swept')))).toBe('swept');
    });
  });
}
