import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isLoopback } from '../runtime/is-loopback.ts';
import { fileFault, type GuardedFile } from './file-guard.ts';
import { isHeldByAnother, isLogOpenElsewhere, isServerLocked } from './server-lock.ts';
import { serverLockPath, takeServerLock, type ServerLock } from './server-lock.ts';

/** How to reach the server of a data directory: the content of its `server.json`. */
export interface ServerJson {
  readonly url: string;
  readonly pid: number;
  /** ISO instant. */
  readonly startedAt: string;
}

/** A data directory that is locked by this process until it is closed. */
export interface DataDir {
  readonly path: string;
  /** Path of the log's database. */
  readonly logPath: string;
  /** The lock file. If it is deleted, the lock is acquired again, unless another process has acquired it first. */
  readonly lockFile: GuardedFile;
  /**
   * Checks that a log which existed before is still there: an empty new one would hide the loss.
   *
   * @throws DataDirError LOG_LOST
   */
  expectLog(): Promise<void>;
  /**
   * Stores in `log.json` that this directory has a log, and the identity of its lock file.
   *
   * @param at ISO instant.
   * @throws DataDirError UNUSABLE
   */
  markLog(at: string): Promise<void>;
  /** Writes the address of this server to `server.json`, atomically. */
  writeServerJson(server: ServerJson): Promise<void>;
  /** Removes `server.json` and releases the lock. Idempotent. */
  close(): Promise<void>;
}

/** The directory cannot be used. The message is for the operator. */
export class DataDirError extends Error {
  override readonly name = 'DataDirError';
  readonly code: 'IN_USE' | 'UNUSABLE' | 'LOG_LOST';

  constructor(code: DataDirError['code'], message: string, options: { cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
  }
}

/**
 * Locks a data directory for this process and creates it if it does not exist.
 *
 * The lock is an exclusive lock on `server.lock`. If that is not the file that the last server had locked, it may
 * have been deleted while a server is running; then no other process may have the log open. On a network file
 * system the lock is as reliable as that system's locks.
 *
 * @throws DataDirError IN_USE if another server has it, UNUSABLE if it cannot be created or written.
 */
export async function openDataDir(path: string): Promise<DataDir> {
  let lock = await claim(path);
  const orUnusable = async <T>(work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      throw unusable(path, error);
    }
  };
  const markPath = join(path, 'log.json');
  const logPath = join(path, 'log.db');
  try {
    if (readMark(markPath).lock !== lock.identity && isLogOpenElsewhere(logPath)) {
      throw await openElsewhere(path);
    }
    // Left over from a crashed server: clients would try to connect to it.
    await orUnusable(() => rm(serverJsonPath(path), { force: true }));
  } catch (error) {
    lock.close();
    throw error;
  }
  const lockPath = serverLockPath(path);
  let isClosed = false;
  return {
    path,
    logPath,
    lockFile: {
      path: lockPath,
      fault: () => fileFault(lockPath, lock.identity),
      restore() {
        const renewed = retakeLock(path);
        try {
          writeMark(markPath, { ...readMark(markPath), lock: renewed.identity });
        } catch (error) {
          renewed.close();
          throw error;
        }
        // Only after the new identity is stored: closing the old file frees its identity for reuse.
        lock.close();
        lock = renewed;
      },
    },
    async expectLog() {
      if (!existsSync(markPath) || (await bytesOf(logPath)) >= smallestLogBytes) return;
      throw new DataDirError(
        'LOG_LOST',
        `The log ${logPath} is missing or empty, although this directory has contained one. Restore it from a ` +
          `backup, or delete ${markPath} to start with an empty log.`,
      );
    },
    async markLog(at) {
      const mark = readMark(markPath);
      if (mark.logSince !== undefined && mark.lock === lock.identity) return;
      const { logSince = at } = mark;
      await orUnusable(async () => writeMark(markPath, { logSince, lock: lock.identity }));
    },
    writeServerJson: (server) =>
      orUnusable(async () => {
        const draft = `${serverJsonPath(path)}.new`;
        await writeFile(draft, `${JSON.stringify(server)}\n`, { mode: 0o600 });
        await rename(draft, serverJsonPath(path));
      }),
    async close() {
      if (isClosed) return;
      isClosed = true;
      try {
        await rm(serverJsonPath(path), { force: true });
      } finally {
        lock.close();
      }
    },
  };
}

/**
 * The server that is using this data directory; `undefined` if there is none. `server.json` alone is not trusted,
 * since other processes may have written it: a running server holds the lock, and its address is on this machine.
 */
export async function findLivingServer(path: string): Promise<ServerJson | undefined> {
  const server = await readServerJson(path);
  return server !== undefined && isOnThisMachine(server.url) && isServerLocked(path) ? server : undefined;
}

function isOnThisMachine(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  if (protocol !== 'http:' || hostname === undefined) return false;
  const address = hostname.replace(/^\[|\]$/g, '');
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return isLoopback(hostname) || own.some((it) => it.address === address);
}

/** The size of a SQLite header: a shorter file is empty. */
const smallestLogBytes = 100;

async function bytesOf(path: string): Promise<number> {
  return existsSync(path) ? (await stat(path)).size : 0;
}

/** The content of a data directory's `server.json`; `undefined` if it is missing or invalid. */
export async function readServerJson(path: string): Promise<ServerJson | undefined> {
  try {
    const { url, pid, startedAt } = JSON.parse(
      await readFile(serverJsonPath(path), 'utf8'),
    ) as Partial<ServerJson>;
    if (typeof url !== 'string' || typeof pid !== 'number' || typeof startedAt !== 'string') return undefined;
    return { url, pid, startedAt };
  } catch {
    // No such file, or not JSON: no server is known.
    return undefined;
  }
}

function serverJsonPath(path: string): string {
  return join(path, 'server.json');
}

/** Longer than a check whether a server is running, and short enough for a rejected start. */
const lockWaitMs = 250;

async function claim(path: string): Promise<ServerLock> {
  try {
    if (!existsSync(path)) {
      await makeFolder(resolve(path));
      // Tasks and answers are private.
      await chmod(path, 0o700);
    }
    return takeServerLock(path, lockWaitMs);
  } catch (error) {
    throw isHeldByAnother(error) ? await inUse(path, error) : unusable(path, error);
  }
}

/** @throws Error with the reason */
function retakeLock(path: string): ServerLock {
  try {
    return takeServerLock(path);
  } catch (error) {
    if (!isHeldByAnother(error)) throw error;
    throw new Error('another process has locked the new file: stop that process or this server', {
      cause: error,
    });
  }
}

/** The content of `log.json`. */
interface Mark {
  /** ISO instant. */
  readonly logSince?: string | undefined;
  /** Identity of the `server.lock` that the last server had locked. */
  readonly lock?: string | undefined;
}

function readMark(path: string): Mark {
  try {
    const { logSince, lock } = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
    return {
      logSince: typeof logSince === 'string' ? logSince : undefined,
      lock: typeof lock === 'string' ? lock : undefined,
    };
  } catch {
    // No such file, or not JSON: nothing is known.
    return {};
  }
}

/** Writes the file atomically. */
function writeMark(path: string, mark: Mark): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/**
 * Node's own `recursive` never returns, at full CPU load, for a path where folders cannot be created, such as
 * /proc.
 */
async function makeFolder(path: string): Promise<void> {
  if (!existsSync(dirname(path))) await makeFolder(dirname(path));
  await mkdir(path);
}

async function inUse(path: string, cause: unknown): Promise<DataDirError> {
  const what = `The data directory ${path} is in use by another Stagewire server${await holderOf(path)}`;
  return new DataDirError(
    'IN_USE',
    `${what}. Stop that server, or set STAGEWIRE_DATA_DIR to another directory.`,
    { cause },
  );
}

async function openElsewhere(path: string): Promise<DataDirError> {
  return new DataDirError(
    'IN_USE',
    `The log ${join(path, 'log.db')} is open in another process${await holderOf(path)}, probably a Stagewire ` +
      'server whose lock file server.lock was deleted or replaced. Stop that process.',
  );
}

/** The server named in `server.json`, in brackets. */
async function holderOf(path: string): Promise<string> {
  const holder = await readServerJson(path);
  return holder === undefined ? '' : ` (process ${holder.pid}, ${holder.url})`;
}

function unusable(path: string, cause: unknown): DataDirError {
  const isFile = existsSync(path) && !statSync(path).isDirectory();
  const reason = cause instanceof Error ? cause.message : String(cause);
  const why = isFile ? 'it is not a directory' : reason;
  const what = `The data directory ${path} cannot be used (${why})`;
  return new DataDirError(
    'UNUSABLE',
    `${what}. Set STAGEWIRE_DATA_DIR to a directory that is writable for this user.`,
    {
      cause,
    },
  );
}
