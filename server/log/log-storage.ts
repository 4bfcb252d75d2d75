import type { DurableEvent, Position, RunSummary } from '@stagewire/shared';
import type { AddedUsage, DayUsage } from './day-usage.ts';
import type {
  DeletionEntry,
  EventLog,
  GlobalEntry,
  ListPage,
  ListQuery,
  LogEntry,
  ReadOptions,
  RunUnreadable,
  Tombstone,
} from './event-log.ts';
import type { Incarnations } from './incarnations.ts';

/** Where a run's log ends, and its row of the index. */
export interface Tip {
  readonly position: Position;
  readonly globalPosition: number;
  readonly summary: RunSummary;
  /** Size of the run's events in bytes. */
  readonly bytes: number;
}

/**
 * The storage of an embedded log: all that differs between one in memory and one on disk. Everything is
 * synchronous, so no read happens between `begin` and `commit`. LogUnavailable is thrown if nothing can be written
 * at the moment; any other error concerns the append that is being written.
 */
export interface LogStorage {
  begin(): void;
  commit(): void;
  /** Undoes everything since `begin`; does nothing outside a transaction. Never throws. */
  rollback(): void;
  /** Runs `work` inside the transaction; if it throws, undoes its writes and rethrows. */
  savepoint<T>(work: () => T): T;

  /** Writes a run's row of the index; before the run's first event. */
  index(summary: RunSummary): void;
  /** Stores an event; returns its global position and its size. */
  add(epoch: number, event: DurableEvent): { readonly globalPosition: number; readonly bytes: number };
  /** Adds to the counters of a day, which no removal of runs changes. */
  addUsage(added: AddedUsage): void;
  /** The counters of a day. @param owner Of all owners without one. */
  usageOfDay(day: string, owner?: string): DayUsage;
  /** Stores the total size of an ended run's events, so that it need not be summed. */
  seal(runId: string, bytes: number): void;

  /** `removed` if there is a tombstone, `undefined` if the run never existed. @throws RunUnreadable */
  tip(runId: string): Tip | 'removed' | undefined;
  /** What is left of a removed run; `undefined` without a tombstone. */
  tombstone(runId: string): Tombstone | undefined;
  /** From the index, or from the tombstone. */
  ownerOf(runId: string): string | undefined;
  /** @throws RunUnreadable */
  read(runId: string, options: ReadOptions): readonly LogEntry[];
  /** @throws RunUnreadable */
  at(runId: string, seq: number): LogEntry | undefined;
  /** Skips damaged entries and passes each error to `onDamaged`. */
  readAll(
    options: ReadOptions & { readonly deltas: boolean; onDamaged(error: RunUnreadable): void },
  ): readonly GlobalEntry[];
  lastGlobalPosition(): number;
  /** Another one begins with the first event that is stored after the log was opened. */
  readonly incarnations: Incarnations;
  /** Looks at up to `maxScanned` runs. */
  list(query: ListQuery, maxScanned: number): ListPage;
  liveRuns(): readonly string[];
  endedRuns(options: Parameters<EventLog['endedRuns']>[0]): readonly RunSummary[];
  usedBytes(): number;

  /** Marks a run's row of the index as unreadable, in a transaction of its own. */
  setAside(runId: string, problem: string): void;

  /** Hides an ended run from all queries and leaves a tombstone, in a transaction of its own. */
  remove(runId: string): void;
  /** As `remove`, with a tombstone that has a global position, which it returns. */
  delete(deletion: Omit<DeletionEntry, 'globalPosition'>): DeletionEntry;
  /** Deletes some of the data of hidden runs, in a transaction of its own. Returns whether there is more. */
  purge(): boolean;
  /**
   * Called after the last `purge`: erases further copies of what was purged. Resolves with whether none is left; what it cannot
   * erase is left to the next call. Never rejects.
   */
  erase(): Promise<boolean>;
  /** Writes and deletes a row, in a transaction of its own. */
  probe(): void;
  close(): void | Promise<void>;
}
