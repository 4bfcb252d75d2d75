import { existsSync, statSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { isLoopback } from '../runtime/is-loopback.ts';
import { sqliteCode } from './open-database.ts';

/** Where the server of a data directory can be found: the content of its `server.json`. */
export interface ServerJson {
  readonly url: string;
  readonly pid: number;
  /** ISO instant. */
  readonly startedAt: string;
}

/** A data directory that belongs to this process until it is closed. */
export interface DataDir {
  readonly path: string;
  /** Where the log's database is. */
  readonly logPath: string;
  /**
   * Looks whether a log that was here is gone: an empty one in its place would pass for all there ever was.
   *
   * @throws DataDirError LOG_LOST
   */
  expectLog(): Promise<void>;
  /**
   * Remembers in `log.json` that this directory holds a log.
   *
   * @param at ISO instant.
   * @throws DataDirError UNUSABLE
   */
  noteLog(at: string): Promise<void>;
  /** Says in `server.json` where this server can be found; whole or not at all. */
  writeServerJson(server: ServerJson): Promise<void>;
  /** Removes `server.json` and lets go of the directory. Idempotent. */
  close(): Promise<void>;
}

/** The directory cannot be used. The message is one sentence for a person. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
  readonly code: 'IN_USE' | 'UNUSABLE' | 'LOG_LOST';

  constructor(code: DataDirError['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/** SQLITE_BUSY and SQLITE_LOCKED. */
const heldByAnother: ReadonlySet<number | undefined> = new Set([5, 6]);

/**
 * Claims a data directory for this process, making it if it is not there.
 *
 * The claim is an exclusive lock on an empty SQLite database, `server.lock`: the operating system gives it up when
 * the process ends, however it ends, so no stale claim can be left (a file with a pid could). Node has no file locks
 * of its own. On a network file system it is as good as that system's locks.
 *
 * @throws DataDirError IN_USE if another server has it, UNUSABLE if it cannot be made or written.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  const lock = await claim(path);
  const orUnusable = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw unusable(path, error);
    }
  };
  try {
    // Of a server that could not tidy up: whoever reads it would look for a server that is gone.
    await orUnusable(() => rm(serverJsonPath(path), { force: true }));
  } catch (error) {
    lock.close();
    throw error;
  }
  const markPath = join(path, 'log.json');
  return {
    path,
    logPath: join(path, 'log.db'),
    async expectLog() {
      if (!existsSync(markPath) || (await bytesOf(join(path, 'log.db'))) >= smallestLogBytes) return;
      throw new DataDirError(
        'LOG_LOST',
        `The log ${join(path, 'log.db')} is gone or empty, although this directory has held one; restore it from a ` +
          `backup, or delete ${markPath} to begin with an empty log.`,
      );
    },
    async noteLog(at) {
      if (existsSync(markPath)) return;
      const mark = { logSince: at };
      await orUnusable(() => writeFile(markPath, `${JSON.stringify(mark)}\n`, { mode: 0o600 }));
    },
    writeServerJson: (server) =>
      orUnusable(async () => {
        const draft = `${serverJsonPath(path)}.new`;
        await writeFile(draft, `${JSON.stringify(server)}\n`, { mode: 0o600 });
        await rename(draft, serverJsonPath(path));
      }),
    async close() {
      if (!lock.isOpen) return;
      try {
        await rm(serverJsonPath(path), { force: true });
      } finally {
        if (lock.isOpen) lock.close();
      }
    },
  };
}

/**
 * The server that has this data directory just now; `undefined` if there is none. A `server.json` that anybody may have
 * put there is not believed: a living server holds the lock, and is reached on this machine.
 */
export async function findLivingServer(path: string): Promise<ServerJson | undefined> {
  const server = await readServerJson(path);
  return server !== undefined && isOnThisMachine(server.url) && isClaimed(path) ? server : undefined;
}

function isOnThisMachine(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'http:' && isLoopback(hostname ?? '');
}

function isClaimed(path: string): boolean {
  const lockPath = join(path, 'server.lock');
  if (!existsSync(lockPath)) return false;
  const lock = new DatabaseSync(lockPath, { readOnly: true });
  try {
    lock.prepare('SELECT 1 FROM sqlite_schema').get();
    return false;
  } catch (error) {
    return heldByAnother.has(sqliteCode(error));
  } finally {
    lock.close();
  }
}

/** The header of a SQLite file: a shorter one holds nothing. */
const smallestLogBytes = 100;

async function bytesOf(path: string): Promise<number> {
  return existsSync(path) ? (await stat(path)).size : 0;
}

/** What `server.json` of a data directory says; `undefined` if it is not there or cannot be understood. */
export async function readServerJson(path: string): Promise<ServerJson | undefined> {
  try {
    const { url, pid, startedAt } = JSON.parse(
      await readFile(serverJsonPath(path), 'utf8'),
    ) as Partial<ServerJson>;
    if (typeof url !== 'string' || typeof pid !== 'number' || typeof startedAt !== 'string') return undefined;
    return { url, pid, startedAt };
  } catch {
    // No such file, or not JSON: there is no server to be found, and that is the answer.
    return undefined;
  }
}

function serverJsonPath(path: string): string {
  return join(path, 'server.json');
}

async function claim(path: string): Promise<DatabaseSync> {
  let lock: DatabaseSync | undefined;
  try {
    if (!existsSync(path)) {
      await makeFolder(resolve(path));
      // Tasks and answers are nobody else's business.
      await chmod(path, 0o700);
    }
    lock = new DatabaseSync(join(path, 'server.lock'));
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    lock?.close();
    throw heldByAnother.has(sqliteCode(error)) ? await inUse(path, error) : unusable(path, error);
  }
}

/** Node's own `recursive` never comes back, at full CPU, from a place that takes no folders, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (!existsSync(dirname(path))) await makeFolder(dirname(path));
  await mkdir(path);
}

async function inUse(path: string, cause: unknown): Promise<DataDirError> {
  const holder = await readServerJson(path);
  const who = holder === undefined ? '' : ` (process ${holder.pid}, ${holder.url})`;
  const what = `The data directory ${path} is in use by another Stagewire server${who}`;
  return new DataDirError(
    'IN_USE',
    `${what}; stop that one or set STAGEWIRE_DATA_DIR to another directory.`,
    { cause },
  );
}

function unusable(path: string, cause: unknown): DataDirError {
  const isFile = existsSync(path) && !statSync(path).isDirectory();
  const told = cause instanceof Error ? cause.message : String(cause);
  const why = isFile ? 'it is not a folder' : told;
  const what = `The data directory ${path} cannot be used (${why})`;
  return new DataDirError('UNUSABLE', `${what}; set STAGEWIRE_DATA_DIR to one that this user can write.`, {
    cause,
  });
}
