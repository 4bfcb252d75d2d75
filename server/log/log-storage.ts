import type { DurableEvent, Position, RunSummary } from '@stagewire/shared';
import type { EventLog, ListQuery, LogEntry, RunUnreadable } from './event-log.ts';

/** Where a run's log ends, and its row of the index. */
export interface Tip {
  readonly position: Position;
  readonly order: number;
  readonly summary: RunSummary;
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
  /** Stores an event and gives its order. */
  add(epoch: number, event: DurableEvent): number;

  /** `removed` if there is a tombstone, `undefined` if there never was such a run. @throws RunUnreadable */
  tip(runId: string): Tip | 'removed' | undefined;
  /** @throws RunUnreadable */
  read(runId: string, after: number, limit: number): readonly LogEntry[];
  /** @throws RunUnreadable */
  at(runId: string, seq: number): LogEntry | undefined;
  /** Leaves damaged entries out and tells each to `onDamaged`. */
  readAll(options: {
    readonly after: number;
    readonly limit: number;
    readonly deltas: boolean;
    onDamaged(error: RunUnreadable): void;
  }): readonly LogEntry[];
  lastOrder(): number;
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
