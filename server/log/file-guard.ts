import { statSync } from 'node:fs';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { LogUnavailable } from './event-log.ts';

/** A file that this process keeps open. */
export interface GuardedFile {
  readonly path: string;
  /** What is wrong with it, such as "was deleted"; `undefined` while it is intact. */
  fault(): string | undefined;
  /**
   * Restores the file without loss of data. @throws Error with the reason if that is not possible now.
   *
   * @default the file cannot be restored automatically
   */
  restore?(): void;
  /** Called before the process closes the file. @default does nothing */
  release?(): void;
}

export interface FileGuardOptions {
  /** Checked in this order: the first file that cannot be restored ends the check. */
  readonly files: readonly GuardedFile[];
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Receives a warning about each restored file. */
  readonly logger: Logger;
}

export interface FileGuard {
  /**
   * Call it before each write. Checks the file system at most once a second, and each time while something is
   * wrong.
   *
   * @throws LogUnavailable while a file is not intact.
   */
  check(): void;
  /** Checks immediately. @throws LogUnavailable */
  checkNow(): void;
  /** Checks once a second from now on, since an idle server can lose files too. Calls `onFault` while one is wrong. */
  watch(onFault: () => void): void;
  /** Call it before the files are closed. */
  close(): void;
}

/** Interval of the checks in milliseconds: what was committed in between may be lost with the file. */
const checkEveryMs = 1000;

/**
 * Detects that open files are no longer the ones at their paths. SQLite continues to write into a file that was
 * deleted or replaced, and all of it is lost when the process ends.
 */
export function createFileGuard({ files, clock, logger }: FileGuardOptions): FileGuard {
  let checkedAtMs = clock.now();
  let hasFault = false;
  let stopTimer: (() => void) | undefined;

  function checkNow(): void {
    checkedAtMs = clock.now();
    hasFault = true;
    for (const { path, fault, restore } of files) {
      const found = fault();
      if (found === undefined) continue;
      const problem = `${path} ${found} while the server runs`;
      if (restore === undefined) throw new LogUnavailable(`${problem}; restore the file, or stop the server`);
      try {
        restore();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // The message includes its text, so only its cause is passed on.
        throw new LogUnavailable(`${problem}; ${error.message}`, { cause: error.cause });
      }
      logger.warn({}, `${problem}; it was recreated without loss of data`);
    }
    hasFault = false;
  }

  return {
    check() {
      if (hasFault || clock.now() - checkedAtMs >= checkEveryMs) checkNow();
    },
    checkNow,
    watch(onFault) {
      const look = () => {
        stopTimer = clock.after(checkEveryMs, look);
        const hadFault = hasFault;
        try {
          checkNow();
        } catch {
          // Not lost: the next write throws it.
        }
        if (hasFault || hadFault) onFault();
      };
      stopTimer = clock.after(checkEveryMs, look);
    },
    close() {
      stopTimer?.();
      for (const { release } of files) release?.();
    },
  };
}

/** The identity of the file at this path; `undefined` if there is none. */
export function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}/${stats.ino}`;
}

/** What happened to the file that was `opened` at this path. */
export function fileFault(path: string, opened: string | undefined): string | undefined {
  const present = fileIdentity(path);
  if (present === opened) return undefined;
  return present === undefined ? 'was deleted' : 'was replaced by another file';
}
