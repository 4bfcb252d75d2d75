import type { DurableEvent, Position, RunSummary } from '@stagewire/shared';
import type { EventLog, ListQuery, LogEntry, ReadOptions, RunUnreadable } from './event-log.ts';

/** Where a run's log ends, and its row of the index. */
export interface Tip {
  readonly position: Position;
  readonly globalPosition: number;
  readonly summary: RunSummary;
  /** What the run's events take. */
  readonly bytes: number;
}

/**
 * What an embedded log is kept in: all that differs between one in memory and one on disk. Everything is
 * synchronous, so between `begin` and `commit` nobody reads. What cannot be written for now is told by
 * throwing LogUnavailable; any other error concerns the one append that is being written.
 */
export interface LogStorage {
  begin(): void;
  commit(): void;
  /** Undoes all since `begin`; does nothing outside a transaction. Never throws. */
  rollback(): void;
  /** Runs `work` inside the transaction; if it throws, undoes what it has written and throws on. */
  savepoint<T>(work: () => T): T;

  /** Writes a run's row of the index; before the run's first event. */
  index(summary: RunSummary): void;
  /** Stores an event; gives its order and what it takes. */
  add(epoch: number, event: DurableEvent): { readonly globalPosition: number; readonly bytes: number };
  /** Writes what the events of a run that has ended take, so that nobody has to add it up. */
  seal(runId: string, bytes: number): void;

  /** `removed` if there is a tombstone, `undefined` if there never was such a run. @throws RunUnreadable */
  tip(runId: string): Tip | 'removed' | undefined;
  /** @throws RunUnreadable */
  read(runId: string, options: ReadOptions): readonly LogEntry[];
  /** @throws RunUnreadable */
  at(runId: string, seq: number): LogEntry | undefined;
  /** Leaves damaged entries out and tells each to `onDamaged`. */
  readAll(
    options: ReadOptions & { readonly deltas: boolean; onDamaged(error: RunUnreadable): void },
  ): readonly LogEntry[];
  lastGlobalPosition(): number;
  list(query: ListQuery): readonly RunSummary[];
  liveRuns(): readonly string[];
  endedRuns(options: Parameters<EventLog['endedRuns']>[0]): readonly RunSummary[];
  usedBytes(): number;

  /** Marks a run's row of the index as unreadable, in a transaction of its own. */
  setAside(runId: string, problem: string): void;

  /** Hides an ended run from all that is asked here and leaves a tombstone, in a transaction of its own. */
  remove(runId: string): void;
  /** Deletes some of what hidden runs still hold, in a transaction of its own; is there more? */
  purge(): boolean;
  /** Writes and deletes something, in a transaction of its own. */
  probe(): void;
  close(): void | Promise<void>;
}
