import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import type { LogEntry } from '../../../server/log/event-log.ts';
import { openFollowSocket } from '../../support/follow-socket.ts';
import { createLedger } from '../../support/ledger.ts';
import { leaseMs, readLogs, startNodeProcess, type NodeProcess } from '../../support/node-processes.ts';
import { startStubbornFollower, type StubbornFollower } from '../../support/persistent-subscriber.ts';
import { until } from '../../support/until.ts';
import { Invalid } from '../figure.ts';
import { quantile } from '../statistics.ts';
import type { EngineBench } from './engine-bench.ts';

export interface NodeFigures {
  /** Receipt of a command, p50, in milliseconds. */
  readonly receiptAtExecutor: number;
  readonly receiptElsewhere: number;
  /** `kill -9` of a node → all of its runs have output of another one, as a part of the lease. */
  readonly takeOver: number;
  /** SIGTERM of a node: from the last event of a run there to the first one elsewhere, p99, in milliseconds. */
  readonly handOver: number;
  /** Subscribers that do not have exactly what is in the log. */
  readonly lost: number;
  /** Events that came twice or out of order. */
  readonly twice: number;
}

const runs = 20;
/** Silent after a few tokens. */
const stalls = 'rehearsal/ttft=0,tps=200,chars=400,fault=architect.stall@20x1';
/** Some seconds of output in one stage. */
const slow = 'rehearsal/ttft=30,tps=60,chars=1200';
/** Four stages of half a second. */
const staged = 'rehearsal/ttft=30,tps=100,chars=200';
const fourRoles = ['architect', 'coder', 'tester', 'documenter'];

/** Real servers on two nodes, as operators start them. */
export async function measureNodes(bench: EngineBench): Promise<NodeFigures> {
  const where = { database: { url: bench.url }, schema: bench.nextSchema() };
  const env = { STAGEWIRE_DRAIN_MS: '10000' };
  await using opened = new AsyncDisposableStack();
  const start = async (name: string) => opened.use(await startNodeProcess({ ...where, name, env }));
  const [first, other] = await Promise.all([start('a'), start('b')]);
  const crowd: StubbornFollower[] = [];

  /** Starts runs at a node, each with a subscriber at the other one, and waits until they write. */
  async function begin(at: NodeProcess, model: string, roles: readonly string[] = ['architect']) {
    await using socket = await openFollowSocket(at.port);
    const pipeline = { roles, maxRefinements: 0 };
    const started = Array.from({ length: runs }, () =>
      socket.call<{ runId: string }>('mutation', 'runs.start', {
        task: 'bench',
        models: { default: model },
        pipeline,
      }),
    );
    const runIds = (await Promise.all(started)).map(({ runId }) => runId);
    const followers = runIds.map((runId) =>
      startStubbornFollower({ port: other.port, runId, awayMs: () => 50 }),
    );
    crowd.push(...followers);
    await until(() => followers.every(({ ledger }) => ledger.seq > 5), 'all runs to write', {
      timeoutMs: 30_000,
    });
    return { runIds, followers };
  }

  const silent = await begin(first, stalls);
  const receiptAtExecutor = await receiptAt(first, silent.runIds.slice(runs / 2));
  const receiptElsewhere = await receiptAt(other, silent.runIds.slice(0, runs / 2));

  const passed = await begin(first, staged, fourRoles);
  first.server.child.kill('SIGTERM');
  await once(first.server.child, 'exit');
  await Promise.all(passed.followers.map(({ ended }) => ended));
  const handOvers = [...(await readLogs(where, passed.runIds)).values()].flatMap(handOversOf);
  if (handOvers.length === 0) throw new Invalid('no run was handed over');

  const mortal = await start('c');
  const { followers } = await begin(mortal, slow);
  const before = followers.map(({ ledger }) => ledger.seq);
  await mortal.kill();
  const killedMs = performance.now();
  const continues = ({ ledger }: StubbornFollower, index: number) => ledger.seq > (before[index] ?? 0) + 20;
  await until(() => followers.every(continues), 'all runs to continue', { timeoutMs: 10 * leaseMs });
  const takeOver = (performance.now() - killedMs) / leaseMs;

  await Promise.all(crowd.map(({ ended }) => ended));
  const logs = await readLogs(
    where,
    crowd.map(({ ledger }) => ledger.runId),
  );
  return {
    receiptAtExecutor,
    receiptElsewhere,
    takeOver,
    handOver: quantile(handOvers, 0.99),
    lost: crowd.filter(({ ledger }) => ledger.hash() !== hashOf(ledger.runId, logs.get(ledger.runId) ?? []))
      .length,
    twice: crowd.reduce((sum, { ledger }) => sum + ledger.breaches.length, 0),
  };
}

async function receiptAt(node: NodeProcess, runIds: readonly string[]): Promise<number> {
  await using socket = await openFollowSocket(node.port);
  const times: number[] = [];
  for (const runId of runIds) {
    const sentMs = performance.now();
    await socket.call('mutation', 'runs.cancel', { runId, commandId: randomUUID(), target: 'run' });
    times.push(performance.now() - sentMs);
  }
  return quantile(times, 0.5);
}

function handOversOf(entries: readonly LogEntry[]): readonly number[] {
  return entries.flatMap(({ event }, index) => {
    if (event.type !== 'run.recovered') return [];
    return [Date.parse(event.at) - Date.parse(entries[index - 1]?.event.at ?? '')];
  });
}

function hashOf(runId: string, entries: readonly LogEntry[]): string {
  const stored = createLedger(runId);
  for (const { event } of entries) stored.applyStored(event);
  return stored.hash();
}
