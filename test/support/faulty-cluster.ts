import pg from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { startNodeProcess, type NodeProcess } from './node-processes.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A node that was killed, and what it was executing. */
export interface NodeKill {
  /** `Date.now()` of the kill. */
  readonly atMs: number;
  readonly runIds: readonly string[];
}

export interface Outage {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Two nodes on one engine, as processes, with networks that can be cut on both sides of each node. */
export interface FaultyCluster extends AsyncDisposable {
  /** Where clients reach the nodes. */
  readonly ports: readonly number[];
  readonly nodeKills: readonly NodeKill[];
  /** When the engine was away, by `Date.now()`. */
  readonly engineOutages: readonly Outage[];
  /** Connections of clients and of nodes that were reset. */
  readonly resets: { clients: number; database: number };
  /** `kill -9` of a node, which is started again after a while. Resolves when it is ready. */
  killNode(index: number, downMs: number): Promise<void>;
  /** `kill -9` of all processes of the engine, which is started again after a while. */
  killEngine(outageMs: number): Promise<void>;
  /** Resets some connections at random: of clients, or between a node and the engine. */
  cut(random: () => number): void;
}

export interface FaultyClusterOptions {
  readonly database: PostgresDatabase;
  readonly schema: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Place {
  node: NodeProcess;
  readonly front: TcpProxy;
}

export async function startFaultyCluster(options: FaultyClusterOptions): Promise<FaultyCluster> {
  const { database, schema, env } = options;
  const start = (name: string, port?: number) =>
    startNodeProcess({ database, schema, name, env, ...(port === undefined ? {} : { port }) });
  const place = async (name: string): Promise<Place> => {
    const node = await start(name);
    return { node, front: await startTcpProxy({ targetPort: node.port }) };
  };
  const places = await Promise.all([place('a'), place('b')]);
  const nodeKills: NodeKill[] = [];
  const engineOutages: Outage[] = [];
  const resets = { clients: 0, database: 0 };

  return {
    ports: places.map(({ front }) => front.port),
    nodeKills,
    engineOutages,
    resets,
    async killNode(index, downMs) {
      const killed = places[index % places.length];
      if (killed === undefined) return;
      const { node } = killed;
      const runIds = await runsOf(database.url, schema, index % places.length === 0 ? 'a' : 'b');
      const atMs = Date.now();
      await node.kill();
      nodeKills.push({ atMs, runIds });
      // What the length of its absence does is a part of what is tested.
      await sleep(downMs);
      await node[Symbol.asyncDispose]();
      killed.node = await start(index % places.length === 0 ? 'a' : 'b', node.port);
    },
    async killEngine(outageMs) {
      const fromMs = Date.now();
      await database.engine?.stop('SIGKILL');
      // Within the patience, or beyond it.
      await sleep(outageMs);
      await database.engine?.start();
      engineOutages.push({ fromMs, toMs: Date.now() });
    },
    cut(random) {
      const { node, front } = places[Math.floor(random() * places.length)] ?? {};
      const [link, side] =
        random() < 0.7 ? ([front, 'clients'] as const) : ([node?.link, 'database'] as const);
      const share = random() < 0.1 ? 1 : 0.1;
      link?.reset(() => {
        const isPicked = random() < share;
        if (isPicked) resets[side] += 1;
        return isPicked;
      });
    },
    async [Symbol.asyncDispose]() {
      for (const { node, front } of places) {
        await front[Symbol.asyncDispose]();
        await node[Symbol.asyncDispose]();
      }
    },
  };
}

/** The live runs that a node executes; none while the engine is away. */
async function runsOf(url: string, schema: string, name: string): Promise<readonly string[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ run_id: string }>(
      `SELECT run_id FROM ${schema}.runs WHERE status = 'running' AND node LIKE $1`,
      [`${name}-%`],
    );
    return rows.map(({ run_id: runId }) => runId);
  } catch {
    return [];
  } finally {
    await client.end().catch(() => undefined);
  }
}
