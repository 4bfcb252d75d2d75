import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import {
  findPostgresPackage,
  isRoot,
  unprivilegedId,
  usableBinaries,
  type PostgresBinaries,
} from '../../cli/cluster/postgres-binaries.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

/** A PostgreSQL server for tests, in a folder of its own that goes with it. */
export interface PostgresEngine extends AsyncDisposable {
  readonly port: number;
  /** Of its database `postgres`, over TCP. */
  readonly url: string;
  readonly dataDir: string;
  /** Ends it and waits until it is gone. `SIGKILL`: as a crash, all of its processes at once. */
  stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void>;
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>;
  /** Sends a signal to all of its processes: `SIGSTOP` freezes the engine, `SIGCONT` wakes it. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Makes a standby its own primary. */
  promote(): Promise<void>;
  /**
   * Runs a script as an operator would: as the user of the engine, with its programs in the path, in a folder that goes
   * with it. @throws Error with its output if it fails
   */
  shell(script: string): void;
  /** Its processes. */
  pids(): readonly number[];
}

/** Runs a program of PostgreSQL as the user of the engine. @throws Error with its output if it fails */
export type RunProgram = (program: string, ...args: readonly string[]) => void;

export interface PostgresEngineOptions {
  /** Lines of its configuration in addition to the defaults, as in `max_connections=20`. */
  readonly settings?: readonly string[];
  /** @default `findPostgres` */
  readonly binaries?: PostgresBinaries | undefined;
  /** Creates the data folder. @default with `initdb` */
  readonly create?: (dataDir: string, run: RunProgram) => void;
}

const owner = isRoot() ? { uid: unprivilegedId, gid: unprivilegedId } : {};
const prefix = `stagewire-postgres-`;

/**
 * The programs of PostgreSQL; `undefined` without one. `STAGEWIRE_TEST_POSTGRES_BIN` names the folder of another than that
 * of the npm package.
 */
export function findPostgres(): PostgresBinaries | undefined {
  const given = process.env['STAGEWIRE_TEST_POSTGRES_BIN'];
  if (given !== undefined && given !== '') return { folder: given, links: [] };
  return findPostgresPackage(import.meta.url) ?? findDebian();
}

/** As `findPostgres`, but with all programs: that of the npm package has only those that start an engine. */
export function findPostgresTools(): PostgresBinaries | undefined {
  const found = [findPostgres(), findDebian()];
  return found.find((one) => one !== undefined && existsSync(join(one.folder, 'pg_basebackup')));
}

/** The newest version that the system has. */
function findDebian(): PostgresBinaries | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const [newest] = readdirSync(root).toSorted((one, other) => Number(other) - Number(one));
  return newest === undefined ? undefined : { folder: join(root, newest, 'bin'), links: [] };
}

/** Starts an engine. @throws Error with its output if it does not start. */
export async function startPostgresEngine(options: PostgresEngineOptions = {}): Promise<PostgresEngine> {
  const found = options.binaries ?? findPostgres();
  if (found === undefined) throw new Error('there is no PostgreSQL for this platform');
  removeLeftovers();
  const home = mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  if (isRoot()) chownSync(home, unprivilegedId, unprivilegedId);
  const { folder, env } = usableBinaries(found, home);
  const dataDir = join(home, 'data');
  const port = await freePort();
  const spawning = { env: { ...process.env, ...env, LC_ALL: 'C.UTF-8', TZ: 'UTC' }, cwd: home, ...owner };
  // A locale that sorts otherwise than by code points, so that a missing COLLATE "C" is found.
  const init = ['--pgdata', dataDir, '--username=stagewire', '--auth=trust', '--encoding=UTF8', '--no-sync'];
  const locale = ['--locale-provider=icu', '--icu-locale=en', '--locale=C.UTF-8'];
  const run: RunProgram = (program, ...args) => {
    const made = spawnSync(join(folder, program), args, { ...spawning, encoding: 'utf8' });
    if (made.status !== 0) throw new Error(`${program} failed: ${made.error?.message ?? ''}${made.stderr}`);
  };
  if (options.create === undefined) run('initdb', ...init, ...locale);
  else options.create(dataDir, run);
  const settings = [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'max_connections=60',
    'shared_buffers=32MB',
    'log_min_messages=fatal',
    ...(options.settings ?? []),
  ];
  let child: ChildProcess | undefined;
  let output = '';

  async function start(): Promise<void> {
    const args = ['-D', dataDir, ...settings.flatMap((setting) => ['-c', setting])];
    const started = spawn(join(folder, 'postgres'), args, { ...spawning, stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    for (const stream of [started.stdout, started.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output = `${output}${text}`.slice(-10_000);
      });
    }
    await until(
      async () => {
        if (started.exitCode !== null) throw new Error(`PostgreSQL ended: ${output}`);
        return accepts(port);
      },
      () => `PostgreSQL to accept connections: ${output}`,
      { timeoutMs: 20_000, intervalMs: 20 },
    );
  }

  const processes = () => processesBelow(child?.pid);

  function killAll(): void {
    for (const pid of processes()) kill(pid, 'SIGKILL');
  }

  async function stop(signal: 'SIGINT' | 'SIGKILL'): Promise<void> {
    const stopping = child;
    child = undefined;
    if (stopping === undefined || stopping.exitCode !== null || stopping.signalCode !== null) return;
    const gone = once(stopping, 'exit');
    if (signal === 'SIGINT') stopping.kill(signal);
    else for (const pid of processesBelow(stopping.pid)) kill(pid, 'SIGKILL');
    await gone;
  }

  const url = `postgres://stagewire@127.0.0.1:${port}/postgres`;
  process.once('exit', killAll);
  await start();
  return {
    port,
    url,
    dataDir,
    pids: processes,
    stop,
    start,
    signal(name) {
      for (const pid of processes()) kill(pid, name);
    },
    shell(script) {
      const path = [folder, process.env['PATH']].join(':');
      const variables = { PATH: path, PGDATA: dataDir, STAGEWIRE_DATABASE_URL: url };
      const done = spawnSync('bash', ['-euo', 'pipefail', '-c', script], {
        ...spawning,
        env: { ...spawning.env, ...variables },
        encoding: 'utf8',
      });
      if (done.status !== 0) throw new Error(`${script} failed: ${done.stdout}${done.stderr}`);
    },
    async promote() {
      const client = new pg.Client({ host: '127.0.0.1', port, user: 'stagewire', database: 'postgres' });
      await client.connect();
      await client.query('SELECT pg_promote(true, 20)');
      await client.end();
    },
    async [Symbol.asyncDispose]() {
      process.off('exit', killAll);
      for (const pid of processes()) kill(pid, 'SIGCONT');
      await stop('SIGKILL');
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'stagewire', database: 'postgres' });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The process and its children: a postmaster that is killed leaves them to themselves for a while. */
function processesBelow(pid: number | undefined): readonly number[] {
  if (pid === undefined) return [];
  const list = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' }).stdout ?? '';
  const children = list
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .flatMap(([child, parent]) => (parent === pid && child !== undefined ? [child] : []));
  return [pid, ...children];
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}

/** Engines of test processes that were killed themselves. */
function removeLeftovers(): void {
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const home = join(tmpdir(), name);
    const lock = join(home, 'data/postmaster.pid');
    const postmaster = existsSync(lock) ? Number(readFileSync(lock, 'utf8').split('\n')[0]) : undefined;
    if (postmaster !== undefined && isEngineIn(postmaster, home)) {
      for (const one of processesBelow(postmaster)) kill(one, 'SIGKILL');
    }
    rmSync(home, { recursive: true, force: true });
  }
}

/** The number may belong to another process by now. */
function isEngineIn(pid: number, home: string): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  return stdout.includes(home);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
