import type { GlobalMark } from './incarnations.ts';

/**
 * How far the log was exported, and which node exports. Only the node with the lease exports; an export that is repeated
 * by another one overwrites the same data, so the lease avoids work, and nothing depends on it.
 */
export interface ExportLease {
  /**
   * Acquires or renews the lease.
   *
   * @returns the position up to which events were exported, `'start'` if none ever was, or `undefined` if another node has
   * the lease.
   * @throws Error if the store cannot be reached
   */
  acquire(): Promise<GlobalMark | 'start' | undefined>;
  /** Stores a position, and renews the lease. @returns false if another node has it. @throws Error as `acquire` */
  save(mark: GlobalMark): Promise<boolean>;
  /** Ends the lease; never rejects. */
  release(): Promise<void>;
}

/** A lease of a log in memory: its position is lost with the log. */
export function createMemoryExportLease(): ExportLease {
  let saved: GlobalMark | 'start' = 'start';
  return {
    acquire: () => Promise.resolve(saved),
    save(mark) {
      saved = mark;
      return Promise.resolve(true);
    },
    release: () => Promise.resolve(),
  };
}
