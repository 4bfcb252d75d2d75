import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createFileGuard, fileIdentity, fileFault } from './file-guard.ts';
import type { FileGuard, GuardedFile } from './file-guard.ts';
import { walFiles } from './wal-files.ts';

export interface LogGuardOptions {
  readonly path: string;
  readonly clock: Pick<Clock, 'now' | 'after'>;
  readonly logger: Logger;
  /** The lock of the directory. @default none */
  readonly lockFile?: GuardedFile | undefined;
}

/** Guards the files of a log whose `database` has just been opened. @throws LogUnavailable if one is not intact. */
export function createLogGuard(database: DatabaseSync, options: LogGuardOptions): FileGuard {
  const { path, clock, logger, lockFile } = options;
  const opened = fileIdentity(path);
  const files = [
    // First: the other files must not be recreated for another database.
    { path, fault: () => fileFault(path, opened) },
    ...(lockFile === undefined ? [] : [lockFile]),
    ...walFiles(path, database),
  ];
  const guard = createFileGuard({ files, clock, logger });
  // A lock file that was deleted before the log was opened may belong to another server by now.
  guard.checkNow();
  return guard;
}
