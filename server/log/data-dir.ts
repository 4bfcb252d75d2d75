import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { isLoopback } from '../runtime/is-loopback.ts';
import { placeFault, type GuardedFile } from './file-guard.ts';
import { isHeldByAnother, isLogOpenElsewhere, isServerLocked } from './server-lock.ts';
import { serverLockPath, takeServerLock, type ServerLock } from './server-lock.ts';

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
  /** The lock's file. Should it be deleted, the lock is taken anew, unless another process was faster. */
  readonly lockFile: GuardedFile;
  /**
   * Looks whether a log that was here is gone: an empty one in its place would pass for all there ever was.
   *
   * @throws DataDirError LOG_LOST
   */
  expectLog(): Promise<void>;
  /**
   * Remembers in `log.json` that this directory holds a log, and which file is the lock of its server.
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

/**
 * Claims a data directory for this process, making it if it is not there.
 *
 * The claim is an exclusive lock on `server.lock`. If that is not the file that the last server had locked, it may have
 * been deleted under a server that still runs; then nobody else may have the log open. On a network file system the lock
 * is as good as that system's locks.
 *
 * @throws DataDirError IN_USE if another server has it, UNUSABLE if it cannot be made or written.
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
    // Of a server that could not tidy up: whoever reads it would look for a server that is gone.
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
      fault: () => placeFault(lockPath, lock.identity),
      mend() {
        const renewed = retakeLock(path);
        try {
          writeMark(markPath, { ...readMark(markPath), lock: renewed.identity });
        } catch (error) {
          renewed.close();
          throw error;
        }
        // Not before the new one is noted: with the old file its identity is free.
        lock.close();
        lock = renewed;
      },
    },
    async expectLog() {
      if (!existsSync(markPath) || (await bytesOf(logPath)) >= smallestLogBytes) return;
      throw new DataDirError(
        'LOG_LOST',
        `The log ${logPath} is gone or empty, although this directory has held one; restore it from a ` +
          `backup, or delete ${markPath} to begin with an empty log.`,
      );
    },
    async noteLog(at) {
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
 * The server that has this data directory just now; `undefined` if there is none. A `server.json` that anybody may have
 * put there is not believed: a living server holds the lock, and is reached on this machine.
 */
export async function findLivingServer(path: string): Promise<ServerJson | undefined> {
  const server = await readServerJson(path);
  return server !== undefined && isOnThisMachine(server.url) && isServerLocked(path) ? server : undefined;
}

function isOnThisMachine(url: string): boolean {
  const { protocol, hostname } = URL.parse(url) ?? {};
  return protocol === 'http:' && isLoopback(hostname ?? '');
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

/** Long for a look whether a server lives, and short for a start that is refused. */
const lockWaitMs = 250;

async function claim(path: string): Promise<ServerLock> {
  try {
    if (!existsSync(path)) {
      await makeFolder(resolve(path));
      // Tasks and answers are nobody else's business.
      await chmod(path, 0o700);
    }
    return takeServerLock(path, lockWaitMs);
  } catch (error) {
    throw isHeldByAnother(error) ? await inUse(path, error) : unusable(path, error);
  }
}

/** @throws Error that says why it cannot */
function retakeLock(path: string): ServerLock {
  try {
    return takeServerLock(path);
  } catch (error) {
    if (!isHeldByAnother(error)) throw error;
    throw new Error('another process holds the new one: stop that process, or this server', { cause: error });
  }
}

/** The content of `log.json`. */
interface Mark {
  /** ISO instant. */
  readonly logSince?: string | undefined;
  /** Identity of the `server.lock` that the last server held. */
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

/** Whole or not at all. */
function writeMark(path: string, mark: Mark): void {
  writeFileSync(`${path}.new`, `${JSON.stringify(mark)}\n`, { mode: 0o600 });
  renameSync(`${path}.new`, path);
}

/** Node's own `recursive` never comes back, at full CPU, from a place that takes no folders, such as /proc. */
async function makeFolder(path: string): Promise<void> {
  if (!existsSync(dirname(path))) await makeFolder(dirname(path));
  await mkdir(path);
}

async function inUse(path: string, cause: unknown): Promise<DataDirError> {
  const what = `The data directory ${path} is in use by another Stagewire server${await holderOf(path)}`;
  return new DataDirError(
    'IN_USE',
    `${what}; stop that one or set STAGEWIRE_DATA_DIR to another directory.`,
    { cause },
  );
}

async function openElsewhere(path: string): Promise<DataDirError> {
  return new DataDirError(
    'IN_USE',
    `The log ${join(path, 'log.db')} is open in another process${await holderOf(path)}, and server.lock is not the one ` +
      'that its last server held, so that may be a Stagewire server whose lock was deleted; stop that process.',
  );
}

/** Who says in `server.json` that the directory is theirs, in brackets. */
async function holderOf(path: string): Promise<string> {
  const holder = await readServerJson(path);
  return holder === undefined ? '' : ` (process ${holder.pid}, ${holder.url})`;
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
