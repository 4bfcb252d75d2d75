import { statSync, type Stats } from 'node:fs';
import type { Clock } from '../runtime/clock.ts';
import { LogUnavailable } from './event-log.ts';

/** How often the file system is asked, in milliseconds: what was committed in between may be lost with the file. */
const checkEveryMs = 1000;

/**
 * Sees whether a file that is open is still the one of its path. SQLite goes on writing into a file that was deleted or
 * replaced, and all of it is gone with the process.
 *
 * @returns a function to call before each write. It throws LogUnavailable while the file is not in its place.
 */
export function createFileGuard(path: string, clock: Pick<Clock, 'now'>): () => void {
  const opened = identityOf(path);
  let checkedAtMs = clock.now();
  let problem: string | undefined;

  return () => {
    const nowMs = clock.now();
    if (problem !== undefined || nowMs - checkedAtMs >= checkEveryMs) {
      checkedAtMs = nowMs;
      const present = identityOf(path);
      if (present === opened) problem = undefined;
      else if (present === undefined) problem = `${path} was deleted while the server runs`;
      else problem = `${path} was replaced by another file while the server runs`;
    }
    if (problem !== undefined) throw new LogUnavailable(`${problem}; put it back, or stop the server`);
  };
}

function identityOf(path: string): string | undefined {
  const stats: Stats | undefined = statSync(path, { throwIfNoEntry: false });
  return stats === undefined ? undefined : `${stats.dev}/${stats.ino}`;
}
