import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPostgres, startPostgresEngine } from '../../support/postgres-engine.ts';
import { startLogPeer, type LogPeer, type MeasuredRate } from './log-peer.ts';
import { cpuUsBelow } from './process-cpu.ts';
import { insertRaw } from './raw-inserts.ts';

/** An engine under measurement, and the logs that are compared on it. */
export interface EngineBench extends AsyncDisposable {
  readonly url: string;
  /** A schema of its own for each measurement: tables that grow would make the later ones slower. */
  nextSchema(): string;
  /** @param nodeId Of one of several nodes. @default a node without others */
  openPostgres(schema: string, nodeId?: string): Promise<LogPeer>;
  openSqlite(): Promise<LogPeer>;
  /** CPU of all processes of the engine so far, in microseconds. */
  cpuUs(): number;
  /** Inserts the rows of a measurement again, in statements of the same sizes, and nothing else. */
  insertRaw(schema: string, rate: MeasuredRate): Promise<RawRate>;
}

export interface RawRate {
  readonly ms: number;
  /** CPU of the engine, in microseconds. */
  readonly engineUs: number;
}

/** `undefined`, and a line that says so, where there is no engine, or no `/proc` that knows its CPU. */
export async function startEngineBench(
  nodeArguments: readonly string[],
  log: (line: string) => void,
): Promise<EngineBench | undefined> {
  if (process.platform !== 'linux' || findPostgres() === undefined) {
    log('  SKIPPED: there is no PostgreSQL to start here, or its CPU cannot be read (Linux only)');
    return undefined;
  }
  await using opened = new AsyncDisposableStack();
  const engine = opened.use(
    await startPostgresEngine({ settings: ['shared_buffers=128MB', 'max_wal_size=2GB'] }),
  );
  const folder = mkdtempSync(join(tmpdir(), 'stagewire-bench-'));
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  const pid = Number(readFileSync(join(engine.dataDir, 'postmaster.pid'), 'utf8').split('\n')[0]);
  const { url } = engine;
  let schemas = 0;
  let files = 0;
  const kept = opened.move();
  return {
    url,
    nextSchema: () => `bench_${(schemas += 1)}`,
    openPostgres: (schema, nodeId) =>
      startLogPeer(
        { log: 'postgres', url, schema, nodeId: nodeId ?? 'one', hasPeers: nodeId !== undefined },
        nodeArguments,
      ),
    openSqlite: () =>
      startLogPeer({ log: 'sqlite', path: join(folder, `${(files += 1)}.db`) }, nodeArguments),
    cpuUs: () => cpuUsBelow(pid),
    async insertRaw(schema, { flushSizes }) {
      const before = cpuUsBelow(pid);
      const ms = await insertRaw({ url, schema }, flushSizes);
      return { ms, engineUs: cpuUsBelow(pid) - before };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
