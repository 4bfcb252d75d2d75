import type { LogEntry } from '../../server/log/event-log.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { freeServerPort } from './free-server-port.ts';
import type { PostgresDatabase } from './postgres-database.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** The lease of these nodes, in milliseconds: the shortest that is allowed. */
export const leaseMs = 3000;

/** A node as operators start it, a process of its own, with a network to its database that can be cut. */
export interface NodeProcess extends AsyncDisposable {
  readonly port: number;
  readonly server: ServerProcess;
  /** The network between it and its database. */
  readonly link: TcpProxy;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** `kill -9`. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface NodeProcessOptions {
  readonly database: Pick<PostgresDatabase, 'url'>;
  readonly schema: string;
  readonly name: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** As for `startServerProcess`. */
  readonly main?: string;
}

export async function startNodeProcess(options: NodeProcessOptions): Promise<NodeProcess> {
  const url = new URL(options.database.url);
  const link = await startTcpProxy({ targetPort: Number(url.port || 5432) });
  url.port = String(link.port);
  url.hostname = '127.0.0.1';
  const port = options.port ?? (await freeServerPort());
  const server = await startServerProcess({
    ...(options.main === undefined ? {} : { main: options.main }),
    env: {
      STAGEWIRE_PORT: String(port),
      STAGEWIRE_DATABASE_URL: url.href,
      STAGEWIRE_DATABASE_SCHEMA: options.schema,
      STAGEWIRE_NODE_NAME: options.name,
      STAGEWIRE_LEASE_MS: String(leaseMs),
      ...options.env,
    },
  });
  return {
    port,
    server,
    link,
    signal: (name) => void server.child.kill(name),
    async kill() {
      await server.stop('SIGKILL');
    },
    async [Symbol.asyncDispose]() {
      server.child.kill('SIGCONT');
      await server[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
    },
  };
}

/** Reads the logs of these runs from the database. */
export async function readLogs(
  { database, schema }: Pick<NodeProcessOptions, 'database' | 'schema'>,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, readonly LogEntry[]>> {
  const log = createPostgresLog({
    clock: systemClock,
    database: await openDatabase({
      clock: systemClock,
      random: () => 0.5,
      nodeId: 'reader',
      url: database.url,
      schema,
    }),
  });
  const logs = new Map<string, readonly LogEntry[]>();
  for (const runId of runIds) logs.set(runId, await log.read(runId, { after: 0, limit: 1_000_000 }));
  await log.close();
  return logs;
}
