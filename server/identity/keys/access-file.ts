import { identityOf, openAccessDatabase, type AccessDatabase } from './open-access-database.ts';

/**
 * One connection to `access.db`, shared by its stores: the writes of one of them then do not count as changes by another
 * process for the others.
 */
export interface AccessFile {
  /**
   * The database that is at the path now: another object after its file was replaced.
   *
   * @throws AccessUnusable
   */
  current(): AccessDatabase;
  /** Idempotent. */
  close(): void;
}

/** @throws AccessUnusable */
export function openAccessFile(path: string): AccessFile {
  let opened = openAccessDatabase(path);
  let isClosed = false;
  return {
    current() {
      if (!isClosed && identityOf(path) !== opened.identity) {
        const former = opened;
        opened = openAccessDatabase(path);
        former.database.close();
      }
      return opened;
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      opened.database.close();
    },
  };
}
