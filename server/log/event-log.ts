import type { Actor, DurableEvent, Position, RunDeleted, RunSummary, SummaryStatus } from '@stagewire/shared';
import type { DayUsage } from './day-usage.ts';
import type { GlobalHistory } from './incarnations.ts';

/** One event as the log stores it. */
export interface LogEntry {
  /** The fencing epoch of the executor that wrote it: 1 for the first, one more for each take-over. */
  readonly epoch: number;
  /** Its position in the global order of commits, from 1, increasing, possibly with gaps. */
  readonly globalPosition: number;
  readonly event: DurableEvent;
}

/** The deletion of a run: not in the log of the run, but in the global order of commits. */
export interface DeletionEntry {
  readonly globalPosition: number;
  /** Of the deleted run. */
  readonly owner: string;
  readonly event: RunDeleted;
}

/** What the global order of commits consists of. */
export type GlobalEntry = LogEntry | DeletionEntry;

/** Who deleted a run, and when: what its tombstone keeps. */
export interface Deletion {
  /** Of the deleted run. */
  readonly owner: string;
  readonly actor: Actor;
  /** ISO 8601. */
  readonly at: string;
}

/** What is left of a removed run. */
export interface Tombstone {
  readonly owner: string;
  /** `undefined` if retention has removed it. */
  readonly deletion?: Deletion | undefined;
}

/** The events that an executor appends to its run, or the links that are created and removed after its end. */
export interface Append {
  readonly runId: string;
  /**
   * The epoch of the executor: 1 for a new run. One more than the log's means a take-over; then, and only then, the
   * first event is `run.recovered`.
   */
  readonly epoch: number;
  /** The seq of the run's last event; 0 for a run that does not exist yet. */
  readonly expectedSeq: number;
  /**
   * In order, with seqs `expectedSeq + 1`, `expectedSeq + 2`, …; at least one. Seq 1 is `run.queued`, and only
   * events about links follow a terminal event. Their creator has validated them against their schemas. The log passes the same
   * objects to watchers: they must not be modified afterwards.
   */
  readonly events: readonly DurableEvent[];
  /**
   * With the first events of a run: this node claims the run in the same commit, since it has a free slot.
   * Otherwise a log that several nodes share leaves the run in the queue until a node claims it. An embedded log
   * has one node and ignores this. @default false
   */
  readonly claim?: boolean;
}

export type Head =
  | {
      readonly status: 'live' | 'ended';
      readonly position: Position;
      readonly globalPosition: number;
      readonly summary: RunSummary;
      /** Size of the run's events in the log, as JSON. */
      readonly bytes: number;
    }
  /** The run is set aside because a part of it is damaged. It stays until it is removed. */
  | { readonly status: 'unreadable'; readonly problem: string; readonly owner: string }
  /** The run was deleted, or removed by retention: then without `deletion`. Its id is never used again. */
  | { readonly status: 'removed'; readonly owner: string; readonly deletion?: Deletion | undefined };

/** The state of a run at the start of a subscription. */
export interface LogPosition {
  readonly head: Head;
  /** The run's first event; `undefined` where the head is `removed` or `unreadable`. */
  readonly first?: LogEntry | undefined;
  /** The entry at the requested seq, if there is one. */
  readonly at?: LogEntry | undefined;
}

export interface ReadOptions {
  readonly after: number;
  readonly limit: number;
  /** Maximum size of the result; the first entry is returned in any case. @default unlimited */
  readonly maxBytes?: number;
}

export interface ListQuery {
  /** Only this run. */
  readonly runId?: string;
  readonly status?: readonly SummaryStatus[];
  readonly labels?: Readonly<Record<string, string>>;
  /** Only runs of these owners. @default of all */
  readonly owners?: readonly string[];
  /** Only runs that have each of these words: see `searchWords` in shared/text/search.ts. */
  readonly search?: readonly string[];
  /** Maximum number of runs. */
  readonly limit: number;
  /** Only runs queued before this one, in the order of `(queuedAt, runId)`. */
  readonly before?: ListPosition;
}

/** A position in the order of a list. */
export interface ListPosition {
  readonly queuedAt: string;
  readonly runId: string;
}

/** Some of the runs that a query asks for. */
export interface ListPage {
  readonly runs: readonly RunSummary[];
  /** Set if there are further runs that were not looked at: continue `before` this position. */
  readonly next?: ListPosition | undefined;
}

/**
 * The log: the single source of truth about every run. Events are never changed; a run is removed only as a whole.
 *
 * An append is atomic: a reader sees all of its events or none, and none before its commit. Concurrent appends may
 * be committed together; a rejected one does not affect the others. Watchers are notified after the commit and
 * before the appender's promise resolves, on the node that appended; on other nodes some time later.
 */
export interface EventLog extends GlobalHistory {
  /**
   * Adds events to a run, all or none, and resolves when they are durable.
   *
   * @throws LogConflict if the run has another last seq or another epoch, or another node has claimed it: the
   * caller is not its executor.
   * @throws LogUnavailable if nothing can be committed at the moment. Its `outcome` says whether the events may be
   * in the log.
   * @throws BadAppend if this append is invalid; other appends of the same turn are committed.
   */
  append(append: Append): Promise<void>;

  /** The end of the run's log; `undefined` if the run never existed. */
  head(runId: string): Promise<Head | undefined>;

  /**
   * The owner of a run, or of its tombstone; `undefined` if the id was never used. One look at the index, which takes as
   * long for every run, and for none.
   */
  ownerOf(runId: string): Promise<string | undefined>;

  /**
   * Up to `limit` entries of a run after seq `after`, in order. Empty for a run that does not exist.
   *
   * @throws RunUnreadable if one of them is damaged; the run is then set aside.
   */
  read(runId: string, options: ReadOptions): Promise<readonly LogEntry[]>;

  /** The entry at exactly this seq. @throws RunUnreadable as `read` does. */
  at(runId: string, seq: number): Promise<LogEntry | undefined>;

  /**
   * The state of a run at the start of a subscription, in one read: a remote log answers in one round trip. Never
   * rejects because of damage; the head of a damaged run is `unreadable`.
   *
   * @param seq Of the last event that the subscriber has; 0 for none.
   */
  position(runId: string, seq: number): Promise<LogPosition | undefined>;

  /**
   * Up to `limit` entries of all runs after global position `after`; with `deltas: false` without deltas, at no
   * cost for those it skips. A damaged entry is skipped and its run is set aside. Includes deletions.
   * @default deltas true
   */
  readAll(options: ReadOptions & { readonly deltas?: boolean }): Promise<readonly GlobalEntry[]>;

  /** The highest global position so far, even if its run was removed; 0 for a log that never had an event. */
  lastGlobalPosition(): Promise<number>;

  /**
   * Calls `listener` after each commit that affects the run, with its new entries in order; with none when the run is set
   * aside or deleted. A notification may be late or repeat entries, and may omit entries that a later one implies: a subscriber
   * compares seqs and reads what is missing. A log that notifies over a network detects a lost last notification and
   * repeats it. Returns the function that stops it.
   */
  watch(runId: string, listener: (entries: readonly LogEntry[]) => void): () => void;

  /**
   * Calls `listener` with the new entries of all runs. Unlike `watch` this is gapless and ordered: from the moment
   * of the call each entry is delivered exactly once, by increasing `globalPosition`. Where notifications can be
   * lost, duplicated or late, the log corrects that before it calls. Includes deletions. Returns the function that stops
   * it.
   */
  watchAll(listener: (entries: readonly GlobalEntry[]) => void): () => void;

  /** Runs, newest queued first, from an index that is written in the same transaction as the events. */
  list(query: ListQuery): Promise<readonly RunSummary[]>;

  /**
   * As `list`, for a query of a client, which may match few of very many runs: looks at a bounded number of runs, some in
   * each turn of the event loop, and then returns what it has found. Concurrent ones are served in turn.
   *
   * @param signal Ends it early, with what it has found so far: the client has disconnected.
   */
  listPage(query: ListQuery, signal?: AbortSignal): Promise<ListPage>;

  /** The ids of all runs without a terminal event, oldest queued first. */
  liveRuns(): Promise<readonly string[]>;

  /**
   * Runs that have ended, oldest queued first, from the same index.
   *
   * @param options.after Only runs queued after this one, in the order of `(queuedAt, runId)`.
   */
  endedRuns(options: {
    limit: number;
    after?: { readonly queuedAt: string; readonly runId: string };
  }): Promise<readonly RunSummary[]>;

  /**
   * Sets an unreadable run aside: nothing can be appended to it, lists show it as `unreadable`, retention ignores
   * it. Does nothing if the run does not exist. Never throws: if it cannot be written, it is kept in memory.
   */
  setAside(runId: string, problem: string): Promise<void>;

  /**
   * What the attempts that ended on a day used. Written with their events; deletion and retention do not change it.
   *
   * @param day UTC, as `2026-11-28`. @param owner Of all owners without one.
   */
  usageOfDay(day: string, owner?: string): Promise<DayUsage>;

  /**
   * Approximate size of the stored events in bytes, without free space: it decreases when a run is removed. Where
   * the size of a table does not shrink, the sizes of the runs are summed from the index.
   */
  usedBytes(): Promise<number>;

  /** Tries an empty commit; resolves when the log can be written again. @throws LogUnavailable if not. */
  probe(): Promise<void>;

  /**
   * Removes an ended run and leaves a tombstone; does nothing if the run does not exist. The run disappears
   * immediately; its data is purged before this resolves.
   *
   * @throws Error if the run is live. @throws LogUnavailable if nothing can be committed at the moment.
   */
  remove(runId: string): Promise<void>;

  /**
   * Deletes an ended or unreadable run: it disappears immediately, and a tombstone with `by` takes its place in the global
   * order. Resolves when this is durable; the data is purged afterwards, and overwritten where it was stored. For a run
   * that is already deleted it returns the first deletion.
   *
   * @throws RunMissing if the run never existed, or retention has removed it. @throws Error if the run is live.
   * @throws LogUnavailable if nothing can be committed at the moment.
   */
  delete(runId: string, by: Pick<Deletion, 'actor' | 'at'>): Promise<Deletion>;

  /**
   * Purges the data of removed and deleted runs, in small steps, one per turn of the event loop; resolves when it is gone.
   * Includes what a crash has left over.
   *
   * @throws LogUnavailable
   */
  purge(): Promise<void>;

  /** Commits pending appends and closes the files. Later calls reject with LogUnavailable. */
  close(): Promise<void>;
}

/** Another executor has written to the run: the caller is no longer its executor and must stop immediately. */
export class LogConflict extends Error {
  override readonly name = 'LogConflict';
}

/** The append violates a rule of the log: a defect of the caller. */
export class BadAppend extends Error {
  override readonly name = 'BadAppend';
}

/** The requested run is not in the log: it never existed, or retention has removed it. */
export class RunMissing extends Error {
  override readonly name = 'RunMissing';
  readonly runId: string;

  /** @param problem What is missing, as a part of a sentence. */
  constructor(runId: string, problem: string) {
    super(`${runId} ${problem}`);
    this.runId = runId;
  }
}

/** A part of the run is damaged: the run is set aside, and other runs continue. */
export class RunUnreadable extends Error {
  override readonly name = 'RunUnreadable';
  readonly runId: string;

  /** @param problem What is damaged, as a part of a sentence. */
  constructor(runId: string, problem: string, options: { cause?: unknown } = {}) {
    super(problem, options.cause === undefined ? undefined : { cause: options.cause });
    this.runId = runId;
  }
}

/** Commits fail at the moment (disk full, file missing, closed, database unreachable). */
export class LogUnavailable extends Error {
  override readonly name: string = 'LogUnavailable';
  /**
   * The outcome of an append. `unknown`: it may be in the log, since its response was lost and could not be
   * determined in time; the caller must read the run again before it decides anything. An embedded log always
   * knows.
   */
  readonly outcome: 'not-written' | 'unknown';

  /** @param options.outcome Default: `not-written`. */
  constructor(message: string, options: { cause?: unknown; outcome?: 'not-written' | 'unknown' } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = options.outcome ?? 'not-written';
  }
}
