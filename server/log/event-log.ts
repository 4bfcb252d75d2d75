import type { DurableEvent, Position, RunSummary, SummaryStatus } from '@stagewire/shared';

/** One event as the log keeps it. */
export interface LogEntry {
  /** The owner that wrote it: 1 for the first, one more for each take-over. */
  readonly epoch: number;
  /** Its place in the order of commits of all runs, from 1, rising, perhaps with gaps. */
  readonly globalPosition: number;
  readonly event: DurableEvent;
}

/** What one owner wants to add to the log of its run. */
export interface Append {
  readonly runId: string;
  /**
   * The epoch of who appends: 1 for a new run. One more than the log's: a take-over, and then, only then, the
   * first event is `run.recovered`.
   */
  readonly epoch: number;
  /** The seq of the run's last event so far; 0 for a run that is not there yet. */
  readonly expectedSeq: number;
  /**
   * In order, with seqs `expectedSeq + 1`, `expectedSeq + 2`, …; at least one. Seq 1 is `run.queued`, and nothing
   * comes after a terminal event. Each has been checked against its schema by who made it. The log hands the very
   * objects to watchers: they must not be changed afterwards.
   */
  readonly events: readonly DurableEvent[];
  /**
   * With the first events of a run: this node claims it in the same commit, since it has a slot free. Without, a log
   * that several nodes share keeps the run in the queue, for whichever node claims it. An embedded log has one node,
   * and does not look at this. @default false
   */
  readonly claim?: boolean;
}

export type Head =
  | {
      readonly status: 'live' | 'ended';
      readonly position: Position;
      readonly globalPosition: number;
      readonly summary: RunSummary;
      /** What the run's events take in the log, as JSON. */
      readonly bytes: number;
    }
  /** The run is set aside: something of it is damaged. It stays until somebody removes it. */
  | { readonly status: 'unreadable'; readonly problem: string; readonly owner: string }
  /** The run was removed by retention; its id will never be used again. */
  | { readonly status: 'removed' };

/** A run as a subscription needs it. */
export interface LogPosition {
  readonly head: Head;
  /** The run's first event; `undefined` where the head is `removed` or `unreadable`. */
  readonly first?: LogEntry | undefined;
  /** The entry at the seq that was asked for, if there is one. */
  readonly at?: LogEntry | undefined;
}

export interface ReadOptions {
  readonly after: number;
  readonly limit: number;
  /** Stop before an entry with which they would take more; the first one is given in any case. @default no bound */
  readonly maxBytes?: number;
}

export interface ListQuery {
  /** Only this run. */
  readonly runId?: string;
  readonly status?: readonly SummaryStatus[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly owner?: string;
  /** At most this many. */
  readonly limit: number;
  /** Only runs queued before this one, as `(queuedAt, runId)` sort. */
  readonly before?: { readonly queuedAt: string; readonly runId: string };
}

/**
 * The log: the only truth about every run. Events are never changed; a run is removed only whole.
 *
 * An append is atomic: a reader sees all of its events or none, and none before its commit. Appends that wait at the
 * same time may be committed together; one that is refused does not affect the others. Watchers are notified after the
 * commit and before the appender's promise resolves, on the node that appended; on other nodes some time later.
 */
export interface EventLog {
  /**
   * Adds events to a run, all or none, and resolves when they are durable.
   *
   * @throws LogConflict if the run has another last seq or another epoch, or another node has claimed it: the caller is
   *   not its owner.
   * @throws LogUnavailable if nothing can be committed at the moment. Its `outcome` tells whether the events are surely
   *   not in the log.
   * @throws BadAppend if this append is bad in itself; the other appends of the same turn are committed.
   */
  append(append: Append): Promise<void>;

  /** Where the run's log ends; `undefined` if there never was such a run. */
  head(runId: string): Promise<Head | undefined>;

  /**
   * Up to `limit` entries of a run after seq `after`, in order. Empty for a run that is not there.
   *
   * @throws RunUnreadable if one of them is damaged; the run is set aside by that.
   */
  read(runId: string, options: ReadOptions): Promise<readonly LogEntry[]>;

  /** The entry at exactly this seq. @throws RunUnreadable as `read` does. */
  at(runId: string, seq: number): Promise<LogEntry | undefined>;

  /**
   * What a subscription has to know of a run before it starts, in one read: a remote log answers in one round trip.
   * Never rejects for damage; the head of a damaged run is `unreadable`.
   *
   * @param seq Of the event that the subscriber had last; 0 for none.
   */
  position(runId: string, seq: number): Promise<LogPosition | undefined>;

  /**
   * Up to `limit` entries of all runs after place `after` in the order of commits; with `deltas: false` without
   * the pieces of text, at no cost for those it leaves out. A damaged entry is left out and sets its run aside.
   * @default deltas true
   */
  readAll(options: ReadOptions & { readonly deltas?: boolean }): Promise<readonly LogEntry[]>;

  /** The highest order given so far, also if its run was removed; 0 for a log that never had an event. */
  lastGlobalPosition(): Promise<number>;

  /**
   * Calls `listener` after each commit that touched the run, with its new entries in order; with none when the run was
   * set aside. A notification may be late or repeat entries, and may leave entries out that a later one implies: a
   * subscriber compares seqs and reads what is missing. A log that notifies over a network finds a lost last
   * notification itself and repeats it. Returns the way to stop.
   */
  watch(runId: string, listener: (entries: readonly LogEntry[]) => void): () => void;

  /**
   * Calls `listener` with the new entries of all runs. Unlike `watch` this is gapless and ordered: from the moment of
   * the call each entry comes exactly once, in rising `order`, and none is left out. Where notifications can be lost,
   * doubled or late, the log repairs that before it calls. Returns the way to stop.
   */
  watchAll(listener: (entries: readonly LogEntry[]) => void): () => void;

  /** Runs, newest queued first, from an index that is written in the same transaction as the events. */
  list(query: ListQuery): Promise<readonly RunSummary[]>;

  /** The ids of all runs without a terminal event, oldest queued first. */
  liveRuns(): Promise<readonly string[]>;

  /**
   * Runs that have ended, oldest queued first, from the same index.
   *
   * @param options.after Only runs queued after this one, as `(queuedAt, runId)` sort.
   */
  endedRuns(options: {
    limit: number;
    after?: { readonly queuedAt: string; readonly runId: string };
  }): Promise<readonly RunSummary[]>;

  /**
   * Sets a run aside that cannot be read: nothing can be appended to it, lists show it as `unreadable`, retention
   * leaves it alone. Does nothing if the run is not there. Never throws: what cannot be written holds in memory.
   */
  setAside(runId: string, problem: string): Promise<void>;

  /**
   * About how many bytes the events take where they are kept, without what is free to be used again: it falls when a
   * run is removed. A table that does not shrink is no measure; there the bytes of the runs are summed from the index.
   */
  usedBytes(): Promise<number>;

  /** Tries to commit nothing; resolves when the log can be written again. @throws LogUnavailable if not. */
  probe(): Promise<void>;

  /**
   * Removes an ended run whole and leaves a tombstone; does nothing if the run is not there. The run is gone at once
   * and for good; what it held is given up in small steps, a turn of the event loop between them, and all of it has
   * been when this resolves. Steps that a crash has left over are taken by the next call, for whatever run.
   *
   * @throws Error if the run is live. @throws LogUnavailable if nothing can be committed at the moment.
   */
  remove(runId: string): Promise<void>;

  /** Commits what is under way and lets go of files. Whatever is asked afterwards rejects with LogUnavailable. */
  close(): Promise<void>;
}

/** Somebody else has written to the run: the caller is no longer its owner and must stop at once. */
export class LogConflict extends Error {
  override readonly name = 'LogConflict';
}

/** The append breaks a rule of the log: a defect of who appends. */
export class BadAppend extends Error {
  override readonly name = 'BadAppend';
}

/** The run to be followed is not in the log: it never was, or retention has removed it. */
export class RunMissing extends Error {
  override readonly name = 'RunMissing';
  readonly runId: string;

  /** @param problem What is not there, as a part of a sentence. */
  constructor(runId: string, problem: string) {
    super(`${runId} ${problem}`);
    this.runId = runId;
  }
}

/** Something of the run is damaged: the run is set aside, and the others go on. */
export class RunUnreadable extends Error {
  override readonly name = 'RunUnreadable';
  readonly runId: string;

  /** @param problem What is damaged, as a part of a sentence. */
  constructor(runId: string, problem: string, options: { cause?: unknown } = {}) {
    super(problem, options.cause === undefined ? undefined : { cause: options.cause });
    this.runId = runId;
  }
}

/** Commits fail at the moment (disk full, file gone, closed, database not reached). */
export class LogUnavailable extends Error {
  override readonly name = 'LogUnavailable';
  /**
   * What became of an append. `unknown`: it may be in the log, since its answer was lost and could not be found out in
   * time; the caller reads the run again before it decides anything. An embedded log always knows.
   */
  readonly outcome: 'not-written' | 'unknown';

  /** @param options.outcome Default: `not-written`. */
  constructor(message: string, options: { cause?: unknown; outcome?: 'not-written' | 'unknown' } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.outcome = options.outcome ?? 'not-written';
  }
}
