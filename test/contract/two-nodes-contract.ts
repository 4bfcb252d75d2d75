import { describe, expect, test } from 'vitest';
import type { Cluster } from '../../server/cluster/cluster.ts';
import type { EventLog, GlobalEntry } from '../../server/log/event-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

/** How notifications of other nodes arrive. Probabilities, and a delay in milliseconds. */
export interface NotificationFaults {
  readonly lost?: number;
  readonly doubled?: number;
  readonly latencyMs?: number;
}

/** One of two nodes over one log. */
export interface ContractNode extends Cluster {
  readonly log: EventLog;
  setFaults(faults: NotificationFaults): void;
  /** From now on, does what it asks of the store happen without an answer? */
  loseAnswers(isLosing: boolean): void;
}

export interface TwoNodes extends AsyncDisposable {
  readonly a: ContractNode;
  readonly b: ContractNode;
  /** Resolves with the promise, and lets time pass where time is simulated. */
  done<T>(promise: Promise<T>): Promise<T>;
  /** Lets both leases expire, unless they are renewed. */
  passLeases(): Promise<void>;
  /** Lets less time pass than a lease has. */
  passMoment(): Promise<void>;
}

const orders = (entries: readonly GlobalEntry[]) => entries.map(({ globalPosition }) => globalPosition);

/** @param versions Of the programs of the nodes. @default the same */
export type OpenTwoNodes = (versions?: { readonly a: string; readonly b: string }) => Promise<TwoNodes>;

/** What two nodes over one log must do, whatever the log is. */
export function twoNodesContract(open: () => Promise<TwoNodes>): void {
  describe('two nodes over one log', () => {
    test.each([
      ['none', {}],
      ['late', { latencyMs: 40 }],
      ['doubled', { latencyMs: 20, doubled: 0.5 }],
      ['lost', { latencyMs: 10, lost: 0.6 }],
      ['late, doubled and lost', { latencyMs: 40, doubled: 0.5, lost: 0.4 }],
    ])('get every entry once and in order, with faults of notifications: %s', async (_name, faults) => {
      await using it = await open();
      const got = { a: [] as GlobalEntry[], b: [] as GlobalEntry[] };
      it.a.log.watchAll((entries) => got.a.push(...entries));
      it.b.log.watchAll((entries) => got.b.push(...entries));
      it.a.setFaults(faults);
      it.b.setFaults(faults);
      const runs = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))] as const;
      await it.done(it.a.log.append({ ...runs[0].begin(), claim: true }));
      await it.done(it.b.log.append({ ...runs[1].begin(), claim: true }));
      for (let round = 0; round < 20; round += 1) {
        const appends = [it.a.log.append(runs[0].deltas('a', 'b')), it.b.log.append(runs[1].deltas('c'))];
        await it.done(Promise.all(appends));
      }
      await it.done(Promise.all([it.a.ownership.renew(), it.b.ownership.renew()]));
      const all = await it.done(it.a.log.readAll({ after: 0, limit: 1000 }));
      expect(all).toHaveLength(68);
      expect(got.a).toEqual(all);
      expect(got.b).toEqual(all);
    });

    test('one that has missed ten thousand entries catches up with the renewal of its lease', async () => {
      await using it = await open();
      const run = createRunScript(runIdOf(1));
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      await it.done(it.b.ownership.renew());
      const got: number[] = [];
      const ofRun: number[] = [];
      it.b.log.watchAll((entries) => got.push(...orders(entries)));
      it.b.log.watch(run.runId, (entries) => ofRun.push(...orders(entries)));
      it.b.setFaults({ lost: 1 });
      for (let page = 0; page < 10; page += 1) {
        await it.done(it.a.log.append(run.deltas(...Array.from({ length: 1000 }, () => 'x'))));
      }
      expect(got).toEqual([]);
      await it.done(it.b.ownership.renew());
      const all = await it.done(it.a.log.readAll({ after: 0, limit: 20_000 }));
      expect(got).toEqual(orders(all).slice(4));
      expect(ofRun).toEqual(got);
      expect(got).toHaveLength(10_000);
    });

    test('the node that appends has been notified before the append resolves', async () => {
      await using it = await open();
      it.a.setFaults({ lost: 1 });
      const run = createRunScript(runIdOf(1));
      let notified = 0;
      it.a.log.watch(run.runId, (entries) => (notified += entries.length));
      let atResponse = -1;
      await it.done(it.a.log.append(run.begin()).then(() => (atResponse = notified)));
      expect(atResponse).toBe(4);
    });

    test('texts of any size and kind reach the other node unchanged', async () => {
      await using it = await open();
      const run = createRunScript(runIdOf(1));
      const got: GlobalEntry[] = [];
      it.b.log.watchAll((entries) => got.push(...entries));
      await it.done(it.a.log.append({ ...run.begin({ task: 'half \uD83D, NUL \u0000, 🙂' }), claim: true }));
      const texts = [
        'line\nbreak\r\n',
        '\u2028',
        'x'.repeat(9000),
        'ü'.repeat(5000),
        ...Array(200).fill('y'),
      ];
      await it.done(it.a.log.append(run.deltas(...texts)));
      await it.done(it.a.log.append(run.deltas(...Array<string>(50).fill('🙂'.repeat(700)))));
      await it.done(it.b.ownership.renew());
      expect(got).toEqual(await it.done(it.a.log.readAll({ after: 0, limit: 1000 })));
      expect(got).toHaveLength(4 + 204 + 50);
    });

    test('a deletion at one node removes the run at the other', async () => {
      await using it = await open();
      const run = createRunScript(runIdOf(1));
      const got: GlobalEntry[] = [];
      let notified = 0;
      it.b.log.watchAll((entries) => got.push(...entries));
      await it.done(it.a.log.append({ ...run.begin(), claim: true }));
      await it.done(it.a.log.append(run.complete()));
      it.b.log.watch(run.runId, (entries) => (notified += entries.length === 0 ? 1 : 0));
      const by = { actor: { id: 'ada', kind: 'user' }, at: '2026-02-03T04:05:06.007Z' } as const;
      await it.done(it.a.log.delete(run.runId, by));
      await it.done(it.b.ownership.renew());
      expect(got.at(-1)?.event).toMatchObject({ type: 'run.deleted', runId: run.runId });
      expect(notified).toBeGreaterThan(0);
      expect(await it.done(it.b.log.head(run.runId))).toMatchObject({ status: 'removed' });
    });
  });
}
