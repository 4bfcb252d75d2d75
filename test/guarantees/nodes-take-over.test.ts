import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Receipt } from '@stagewire/shared';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openFollowSocket } from '../support/follow-socket.ts';
import { epochsOf, expectWhole, followAll, startAt } from '../support/node-crowd.ts';
import { leaseMs, startNodeProcess, type NodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { until } from '../support/until.ts';
import { isLong, sizes, timeoutMs } from './sizes.ts';

// Several nodes on one PostgreSQL, as processes: a run of a node that dies or freezes continues on another one, and every
// subscriber, at whichever node, gets each event once.
// Seen red with: the fence of the append function without its condition on the node; claims without a look at leases; a renewal that
// does not catch up; a patience of 0.

const { runs, outagesMs, chars } = sizes.nodes;
/** Leases expire meanwhile. Statements fail if the engine is killed, and wait if it is frozen. */
const outages = outagesMs.flatMap((ms) =>
  (isLong ? (['killed', 'frozen'] as const) : (['killed'] as const)).map((kind) => [ms, kind] as const),
);
/** Some seconds of output. */
const slow = `rehearsal/ttft=30,tps=60,chars=${chars}`;
const short = 'rehearsal/ttft=0,tps=0,chars=20';
const stalls = 'rehearsal/ttft=0,tps=200,chars=400,fault=architect.stall@50x1';

describePostgres(
  (database) => {
    let nodes: readonly [NodeProcess, NodeProcess, NodeProcess];
    let schema: string;
    const where = () => ({ database, schema });
    const env = { STAGEWIRE_HEARTBEAT_MS: '300' };

    beforeAll(async () => {
      schema = database.nextSchema();
      const start = (name: string) => startNodeProcess({ database, schema, name, env });
      nodes = await Promise.all([start('a'), start('b'), start('c')]);
    }, 40_000);
    afterAll(async () => {
      await Promise.all(nodes.map((node) => node[Symbol.asyncDispose]()));
    });

    /** Starts runs at a node, and waits until subscribers at these nodes have some of their output. */
    async function begin(at: NodeProcess, model: string, watched: readonly NodeProcess[]) {
      const runIds = await Promise.all(Array.from({ length: runs }, () => startAt(at.port, model)));
      const crowd = followAll(
        runIds,
        watched.map(({ port }) => port),
      );
      await until(() => crowd.every(({ ledger }) => ledger.seq > 5), 'all runs to write');
      return { runIds, crowd };
    }

    const areInEpoch = (port: number, runIds: readonly string[], epoch: number) => async () =>
      (await epochsOf(port, runIds)).every((one) => one === epoch);

    test('a command at any node has one outcome, and the same receipt everywhere', async () => {
      const [a, b, c] = nodes;
      const { runIds, crowd } = await begin(a, stalls, [a, b]);
      await using atA = await openFollowSocket(a.port);
      await using atB = await openFollowSocket(b.port);
      await using atC = await openFollowSocket(c.port);
      const ids = new Map(runIds.map((runId) => [runId, randomUUID()]));
      const cancel = (socket: typeof atA, runId: string) => {
        const input = { runId, commandId: ids.get(runId), target: 'run' };
        return socket.call<Receipt>('mutation', 'runs.cancel', input);
      };
      // The same command at two nodes at once, and again when it is decided.
      const first = await Promise.all(
        runIds.map((runId) => Promise.all([cancel(atB, runId), cancel(atC, runId)])),
      );
      for (const [atOne, atOther] of first) expect(atOne).toEqual(atOther);
      const again = await Promise.all(runIds.map((runId) => cancel(atA, runId)));
      expect(again).toEqual(first.map(([receipt]) => receipt));
      const logs = await expectWhole(where(), crowd);
      for (const entries of logs.values()) {
        expect(entries.filter(({ event }) => event.type === 'command.accepted')).toHaveLength(1);
        expect(entries.filter(({ event }) => event.type === 'run.cancelled')).toHaveLength(1);
      }
    });

    test('a run that is silent shows at the other node what it waits for', async () => {
      const [a, b] = nodes;
      const runId = await startAt(a.port, stalls);
      const [follower] = followAll([runId], [b.port]);
      // Several heartbeats.
      await sleep(1500);
      follower?.leave();
      const phases = follower?.ledger.phases ?? new Map<string, number>();
      expect([...phases.keys()]).not.toContain('executor');
      expect([...phases.values()].reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(2);
    });

    test(
      'connections that are reset, and outages of the database within the patience, cost no run its epoch',
      { timeout: timeoutMs },
      async () => {
        const [a, b] = nodes;
        const { next: random } = createSeededChance(5);
        for (const [outageMs, kind] of outages) {
          const { runIds, crowd } = await begin(a, slow, [a, b]);
          a.link.reset();
          // At any phase of the renewal.
          await sleep((random() * leaseMs) / 3);
          b.link.reset();
          if (kind === 'killed') await database.engine?.stop('SIGKILL');
          else database.engine?.signal('SIGSTOP');
          // The length of the outage is what this is about.
          await sleep(outageMs);
          if (kind === 'killed') await database.engine?.start();
          else database.engine?.signal('SIGCONT');
          const logs = await expectWhole(where(), crowd);
          const recoveries = [...logs.values()].flat().flatMap(({ event }) => {
            return event.type === 'run.recovered' ? [{ outageMs, kind, reason: event.reason }] : [];
          });
          expect(recoveries).toEqual([]);
          expect(await epochsOf(b.port, runIds)).toEqual(runIds.map(() => 1));
        }
      },
    );

    test(
      'a node that was frozen, and one that was cut off, write nothing to the runs that they have lost',
      { timeout: timeoutMs },
      async () => {
        const [a, b, c] = nodes;
        const [ofA, ofC] = await Promise.all([begin(a, slow, [b]), begin(c, slow, [b, c])]);
        a.signal('SIGSTOP');
        c.link.blackHole();
        const runIds = [...ofA.runIds, ...ofC.runIds];
        await until(areInEpoch(b.port, runIds, 2), 'all runs to be taken over', {
          timeoutMs: 5 * leaseMs,
          intervalMs: 50,
        });
        a.signal('SIGCONT');
        c.link.heal();
        const logs = await expectWhole(where(), [...ofA.crowd, ...ofC.crowd]);
        for (const entries of logs.values()) expect(entries.at(-1)?.epoch).toBe(2);
        for (const { port } of [a, c]) expect(await startAt(port, short)).toMatch(/^run_/);
      },
    );

    test(
      `${runs} runs of a node that is killed continue on another one within a lease`,
      { timeout: timeoutMs },
      async () => {
        const [a, b, c] = nodes;
        const { crowd } = await begin(c, slow, [a, b]);
        await c.kill();
        const killedMs = performance.now();
        const before = crowd.map(({ ledger }) => ledger.seq);
        await until(
          () => crowd.every(({ ledger }, index) => ledger.seq > (before[index] ?? 0) + 10),
          'all runs to continue',
          { timeoutMs: 5 * leaseMs },
        );
        // On a busy machine; its ratio to the lease is a figure of the bench.
        expect(performance.now() - killedMs, 'timing: from the kill to the take-over').toBeLessThan(
          leaseMs + 4000,
        );
        const logs = await expectWhole(where(), crowd);
        for (const entries of logs.values()) expect(entries.at(-1)?.epoch).toBe(2);
      },
    );
  },
  { ownEngine: true },
);
