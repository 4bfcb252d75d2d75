import { statSync } from 'node:fs';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { LogUnavailable } from './event-log.ts';

/** A file that this process has open and goes on using. */
export interface GuardedFile {
  readonly path: string;
  /** What has happened to it, as "was deleted"; `undefined` while it is as it should be. */
  fault(): string | undefined;
  /**
   * Puts things right without a loss. @throws Error that says why it cannot now.
   *
   * @default only whoever put the file away can put it back
   */
  mend?(): void;
  /** Called before the process closes the file. @default does nothing */
  release?(): void;
}

export interface FileGuardOptions {
  /** In the order in which they are looked at: the first that cannot be mended ends the check. */
  readonly files: readonly GuardedFile[];
  readonly clock: Pick<Clock, 'now' | 'after'>;
  /** Told of what was mended. */
  readonly logger: Logger;
}

export interface FileGuard {
  /**
   * To be called before each write; asks the file system once a second at most, and each time while something is wrong.
   *
   * @throws LogUnavailable while a file is not as it should be.
   */
  check(): void;
  /** Asks now. @throws LogUnavailable */
  checkNow(): void;
  /** Checks once a second from now on, since a server that is idle can lose files too. `onFault` is told while one is wrong. */
  watch(onFault: () => void): void;
  /** To be called before the files are closed. */
  close(): void;
}

/** How often the file system is asked, in milliseconds: what was committed in between may be lost with the file. */
const checkEveryMs = 1000;

/**
 * Sees whether files that are open are still the ones of their paths. SQLite goes on writing into a file that was
 * deleted or replaced, and all of it is gone with the process.
 */
export function createFileGuard({ files, clock, logger }: FileGuardOptions): FileGuard {
  let checkedAtMs = clock.now();
  let hasFault = false;
  let stopTimer: (() => void) | undefined;

  function checkNow(): void {
    checkedAtMs = clock.now();
    hasFault = true;
    for (const { path, fault, mend } of files) {
      const found = fault();
      if (found === undefined) continue;
      const told = `${path} ${found} while the server runs`;
      if (mend === undefined) throw new LogUnavailable(`${told}; put it back, or stop the server`);
      try {
        mend();
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        // Its text is in ours; a log line would repeat it.
        throw new LogUnavailable(`${told}; ${error.message}`, { cause: error.cause });
      }
      logger.warn({}, `${told}; it was made anew and nothing is lost`);
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
          // Told below: whoever writes next throws it.
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

/** What tells one file from another in the place of its name; `undefined` if there is none. */
export function fileIdentity(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}/${stats.ino}`;
}

/** What has become of the file that was `opened` at this path. */
export function placeFault(path: string, opened: string | undefined): string | undefined {
  const present = fileIdentity(path);
  if (present === opened) return undefined;
  return present === undefined ? 'was deleted' : 'was replaced by another file';
}
