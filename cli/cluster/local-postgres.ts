import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { isHeldByAnother, takeServerLock, type ServerLock } from '@stagewire/server/log/server-lock';
import type { Clock } from '@stagewire/server/runtime/clock';
import { secretBytes } from '@stagewire/server/runtime/random';
import { CliProblem } from '../terminal/cli-problem.ts';
import { findLeftEngine } from './left-engine.ts';
import { isRoot, unprivilegedId, usableBinaries, type PostgresBinaries } from './postgres-binaries.ts';

/** A PostgreSQL in a folder, for this machine only. */
export interface LocalPostgres {
  /** Of its database, with user and password. */
  readonly url: string;
  /** A file that has the URL, readable by this user only. */
  readonly urlFile: string;
  /** Where its data is. */
  readonly folder: string;
  /** Ends it, and waits until it is gone. */
  stop(): Promise<void>;
}

const user = 'stagewire';

/** For a command that is just ending, in milliseconds. */
const lockWaitMs = 250;

/** Where every user has access, and which survives a restart of the machine. */
const rootsFolder = '/var/tmp';

/**
 * Starts the engine, and creates its data at the first start. One that an earlier command has left running is used.
 *
 * @param options.dataDir The folder of the engine is `postgres` in it; for root it is in `/var/tmp`, since the engine then
 *   runs as another user.
 * @throws CliProblem with the output of the engine.
 */
export async function startLocalPostgres(options: {
  readonly binaries: PostgresBinaries;
  readonly dataDir: string;
  readonly clock: Clock;
}): Promise<LocalPostgres> {
  const home = homeOf(options.dataDir);
  const lock = lockFolder(home);
  try {
    return await startIn(home, lock, options);
  } catch (error) {
    lock.close();
    throw error;
  }
}

async function startIn(
  home: string,
  lock: ServerLock,
  options: { readonly binaries: PostgresBinaries; readonly clock: Clock },
): Promise<LocalPostgres> {
  const own = isRoot() ? { uid: unprivilegedId, gid: unprivilegedId } : {};
  const { folder, env } = usableBinaries(options.binaries, home);
  const data = join(home, 'data');
  const spawning = { cwd: home, env: { ...process.env, ...env }, ...own };
  const password = passwordIn(home);
  if (!existsSync(join(data, 'PG_VERSION'))) {
    // Renamed when it is complete: the command may be killed meanwhile.
    const draft = `${data}.new`;
    rmSync(draft, { recursive: true, force: true });
    const args = ['--pgdata', draft, '--username', user, '--pwfile', join(home, 'password')];
    const safe = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C'];
    const { status, stderr, error } = spawnSync(join(folder, 'initdb'), [...args, ...safe], {
      ...spawning,
      encoding: 'utf8',
    });
    if (status !== 0)
      throw new CliProblem(`PostgreSQL could not be set up: ${error?.message ?? stderr.trim()}`);
    renameSync(draft, data);
  }
  const urlFile = join(home, 'url');
  const urlAt = (port: number) => {
    const url = `postgres://${user}:${password}@127.0.0.1:${port}/postgres`;
    writePrivate(urlFile, url);
    return url;
  };
  const left = findLeftEngine(data, options.clock);
  if (left !== undefined) {
    return {
      url: urlAt(left.port),
      urlFile,
      folder: home,
      stop: () => left.stop().finally(lock.close),
    };
  }
  const port = await freePort();
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  // In a process group of its own: Ctrl-C must reach the nodes first.
  const engine = spawn(
    join(folder, 'postgres'),
    ['-D', data, ...settings.flatMap((setting) => ['-c', setting])],
    { ...spawning, detached: true, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let output = '';
  const ready = Promise.withResolvers<void>();
  engine.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = `${output}${text}`.slice(-4000);
    if (output.includes('ready to accept connections')) ready.resolve();
  });
  const ended = once(engine, 'exit');
  void ended.then(() => ready.reject(new CliProblem(`PostgreSQL ended: ${output.trim()}`)));
  engine.on('error', (error) =>
    ready.reject(new CliProblem(`PostgreSQL could not be started: ${error.message}`)),
  );
  await ready.promise;
  return {
    url: urlAt(port),
    urlFile,
    folder: home,
    async stop() {
      // Fast: it does not wait for clients.
      engine.kill('SIGINT');
      await ended;
      lock.close();
    },
  };
}

function homeOf(dataDir: string): string {
  const wanted = join(resolve(dataDir), 'postgres');
  if (!isRoot()) {
    mkdirSync(wanted, { recursive: true, mode: 0o700 });
    return wanted;
  }
  // A server keeps its data directory to itself: the engine's user cannot reach what is in it.
  const hash = createHash('sha256').update(wanted).digest('hex').slice(0, 12);
  const folder = join(rootsFolder, `stagewire-postgres-${hash}`);
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
  const { uid } = lstatSync(folder);
  if (uid !== 0 && uid !== unprivilegedId)
    throw new CliProblem(`The folder ${folder} belongs to another user.`);
  chownSync(folder, unprivilegedId, unprivilegedId);
  return folder;
}

function passwordIn(home: string): string {
  const path = join(home, 'password');
  if (!existsSync(path)) writePrivate(path, secretBytes(24).toString('hex'));
  return readFileSync(path, 'utf8').trim();
}

function writePrivate(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  if (isRoot()) chownSync(path, unprivilegedId, unprivilegedId);
  chmodSync(path, 0o600);
}

/** Keeps a second command from using the engine, and from stopping it when it ends. */
function lockFolder(home: string): ServerLock {
  try {
    return takeServerLock(home, lockWaitMs);
  } catch (error) {
    if (!isHeldByAnother(error)) throw error;
    throw new CliProblem(
      `Another cluster uses the database in ${home}. Stop it, or set STAGEWIRE_DATA_DIR to another directory.`,
    );
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
