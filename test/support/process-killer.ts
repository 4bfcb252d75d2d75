import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import type { LogEntry } from '../../server/log/event-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { freeServerPort } from './free-server-port.ts';
import { startServerProcess, type ServerProcess } from './server-process.ts';

/** A server process that is killed and started again on the same log and the same port. */
export interface MortalServer extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  readonly kills: number;
  /** `kill -9`, now. Resolves when the next process is ready. */
  killAndRestart(): Promise<void>;
  /** Kills it for good and reads the logs of these runs from the disk. */
  killAndReadLogs(runIds: readonly string[]): Promise<ReadonlyMap<string, readonly LogEntry[]>>;
}

export async function startMortalServer(
  options: { readonly env?: Readonly<Record<string, string>> } = {},
): Promise<MortalServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-mortal-'));
  const port = await freeServerPort();
  const start = () => startServerProcess({ dataDir, env: { STAGEWIRE_PORT: String(port), ...options.env } });
  let server: ServerProcess = await start();
  let kills = 0;

  async function kill(): Promise<void> {
    await server.stop('SIGKILL');
    kills += 1;
  }

  return {
    port,
    url: server.url,
    get kills() {
      return kills;
    },
    async killAndRestart() {
      await kill();
      server = await start();
    },
    async killAndReadLogs(runIds) {
      await kill();
      const log = createSqliteLog({ path: join(dataDir, 'log.db'), clock: systemClock });
      const logs = new Map<string, readonly LogEntry[]>();
      for (const runId of runIds) logs.set(runId, await log.read(runId, { after: 0, limit: 10_000_000 }));
      await log.close();
      return logs;
    },
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
