import type { Clock } from '../../runtime/clock.ts';
import { nextTurn } from '../../runtime/wait.ts';
import { LogConflict, LogUnavailable } from '../event-log.ts';
import type { Append, LogEntry } from '../event-log.ts';
import type { Tip } from '../log-storage.ts';
import { isEnded } from '@stagewire/shared';
import { hasDeltasOnly } from '../commit-window.ts';
import { appendStatement, type AppendStatementOptions, type RunAppend } from './append-statement.ts';
import type { FlushEnd, FlushMonitor } from '../flush-monitor.ts';
import type { FlushPace } from './flush-pace.ts';
import type { QueueWatch } from './queue-watch.ts';
import { databaseError } from './database-error.ts';
import { planFlush, type PlannedFlush } from './plan-flush.ts';
import type { Queries, Statement } from './session.ts';

export interface GroupAppendsOptions extends AppendStatementOptions {
  readonly clock: Clock;
  /** The session that also receives the notifications. */
  readonly session: Queries;
  readonly monitor: FlushMonitor;
  readonly pace: Pick<FlushPace, 'delayMs'>;
  readonly queue: QueueWatch;
  /** Reads where runs end. @throws LogUnavailable */
  readTips(runIds: readonly string[]): Promise<ReadonlyMap<string, Tip | 'removed'>>;
  /** Entries of this node that were committed after the position `base`. */
  onCommitted(base: number, entries: readonly LogEntry[]): void;
  /** Publishes everything up to a position. @throws LogUnavailable */
  catchUp(globalPosition: number): Promise<void>;
}

/** Appends that wait together are one transaction (group commit). One is in progress at a time. */
export interface GroupAppends {
  /** As `EventLog.append`. */
  append(append: Append): Promise<void>;
  /**
   * A notification of this node's own commit has arrived, in the order of all commits.
   *
   * @returns whether its entries are published. Those of a flush whose connection was lost are not: nothing waits for them.
   */
  onEcho(base: number, flush: number): boolean;
  /** Forgets where a run ends. */
  forget(runId: string): void;
  /** Forgets where all runs end. */
  forgetAll(): void;
  /** Resolves when nothing is pending. Called before the end: nothing waits for more any longer. */
  idle(): Promise<void>;
}

/** Further ones wait for the next flush. */
const maxFlushEvents = 10_000;
const maxFlushAppends = 5000;
/** When so many wait, the next flush is prepared while one is in progress. */
const minPreparedAppends = 100;
/** Runs whose ends are kept in memory; those of others are read again. */
const maxTips = 20_000;

interface Pending {
  readonly append: Append;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** A flush that can be sent. */
interface PreparedFlush {
  readonly group: readonly Pending[];
  readonly plan: PlannedFlush;
  readonly number: number;
  readonly readsQueue: boolean;
  readonly statement: Statement;
}

export function createGroupAppends(options: GroupAppendsOptions): GroupAppends {
  const { clock, session, monitor, pace, queue } = options;
  /** Where runs end, as last committed here. Another node may have written since: then an append is rejected. */
  const tips = new Map<string, Tip>();
  let pending: Pending[] = [];
  let flushing: Promise<void> | undefined;
  /** Ends the pause before the next flush. */
  let hurry: (() => void) | undefined;
  let isClosing = false;
  /** The flush whose response is awaited, until its notification has arrived. */
  let awaited: PreparedFlush | undefined;
  /** The number of the last flush that was prepared, and of the last one that was published by its notification. */
  let flushNumber = 0;
  let publishedFlush = 0;

  /** Takes what waits, in order. @param ahead A flush in progress: the ends of its runs are not known yet. */
  function takeGroup(maxAppends: number, ahead?: PlannedFlush): readonly Pending[] {
    const taken: Pending[] = [];
    const rest: Pending[] = [];
    let events = 0;
    let isFull = false;
    for (const one of pending) {
      events += one.append.events.length;
      isFull ||= taken.length >= maxAppends || (events > maxFlushEvents && taken.length > 0);
      if (isFull || ahead?.tips.has(one.append.runId) === true) rest.push(one);
      else taken.push(one);
    }
    pending = rest;
    return taken;
  }

  async function flushAll(): Promise<void> {
    let next: PreparedFlush | undefined;
    while (next !== undefined || pending.length > 0) {
      const current = next ?? (await prepareNext());
      next = undefined;
      if (current === undefined) continue;
      const settled = flush(current);
      next = await prepareAhead(current.plan);
      await settled;
    }
  }

  async function prepareNext(): Promise<PreparedFlush | undefined> {
    await pause();
    // Two halves: the engine works on one while the other one is prepared.
    const isLarge = pending.length >= 2 * minPreparedAppends;
    return prepare(takeGroup(isLarge ? Math.ceil(pending.length / 2) : maxFlushAppends));
  }

  /** While the engine works on a flush, the node would be idle: under load it prepares the next one. */
  async function prepareAhead(ahead: PlannedFlush): Promise<PreparedFlush | undefined> {
    if (pending.length === 0) return undefined;
    await nextTurn(clock);
    if (pending.length < minPreparedAppends) return undefined;
    const group = takeGroup(maxFlushAppends, ahead);
    return group.length === 0 ? undefined : prepare(group);
  }

  async function prepare(group: readonly Pending[]): Promise<PreparedFlush | undefined> {
    try {
      const plan = await planned(group.map(({ append }) => append));
      flushNumber += 1;
      const { shipsEvents } = queue;
      const readsQueue = queue.isDue();
      const how = { flush: flushNumber, shipsEvents, readsQueue };
      return { group, plan, number: flushNumber, readsQueue, statement: appendStatement(plan, options, how) };
    } catch (error) {
      rejectAll(group, error);
      return undefined;
    }
  }

  async function flush(prepared: PreparedFlush): Promise<void> {
    const { group, plan } = prepared;
    try {
      const accepted = plan.events.length === 0 ? new Set<RunAppend>() : await commit(prepared);
      group.forEach(({ append, resolve, reject }, index) => {
        const outcome = plan.outcomes[index];
        if (outcome === undefined || outcome instanceof Error) return reject(outcome);
        if (accepted.has(outcome)) return resolve();
        reject(new LogConflict(`another node has claimed or written to ${append.runId}`));
      });
    } catch (error) {
      rejectAll(group, error);
    }
  }

  function rejectAll(group: readonly Pending[], error: unknown): void {
    for (const { append, reject } of group) {
      tips.delete(append.runId);
      reject(databaseError(error));
    }
  }

  /** Deltas wait for more of them while flushes are slow; everything else waits for nothing, and takes them along. */
  function pause(): Promise<void> | undefined {
    if (isClosing || !pending.every(({ append }) => hasDeltasOnly(append))) return undefined;
    const delayMs = pace.delayMs(new Set(pending.map(({ append }) => append.runId)).size);
    // The resolution of a timer.
    if (delayMs < 1) return undefined;
    return new Promise((resolve) => {
      hurry = () => {
        cancel();
        hurry = undefined;
        resolve();
      };
      const cancel = clock.after(delayMs, hurry);
    });
  }

  /** An end in memory may be stale: it suffices to accept, and a rejection is confirmed by the database. */
  async function planned(appends: readonly Append[]): Promise<PlannedFlush> {
    const confirmed = new Map<string, Tip | 'removed' | undefined>();
    const known = (runId: string) => (confirmed.has(runId) ? confirmed.get(runId) : tips.get(runId));
    for (;;) {
      const plan = planFlush(appends, known);
      const doubtful = appends.flatMap(({ runId }, index) =>
        plan.outcomes[index] instanceof Error && !confirmed.has(runId) ? [runId] : [],
      );
      if (doubtful.length === 0) return plan;
      const found = await options.readTips([...new Set(doubtful)]);
      for (const runId of doubtful) confirmed.set(runId, found.get(runId));
    }
  }

  async function commit(prepared: PreparedFlush): Promise<ReadonlySet<RunAppend>> {
    const { plan, statement, readsQueue } = prepared;
    awaited = prepared;
    const end = monitor.begin({ runs: plan.runs.length, events: plan.events.length });
    let outcome: FlushEnd = { rejected: 0, isAnswered: false };
    try {
      const [row] = await session.query(statement);
      if (row === undefined) throw new LogUnavailable('the append returned nothing', { outcome: 'unknown' });
      if (readsQueue) queue.seen(Number(row['queue_usage']));
      const base = Number(row['base']);
      const accepted = new Set(
        (row['accepted'] as readonly number[]).flatMap((number) => plan.runs[number - 1] ?? []),
      );
      const entries = entriesOf(plan, { base, accepted });
      keepTips(plan, accepted);
      outcome = { rejected: plan.runs.length - accepted.size, isAnswered: true };
      if (entries.length === 0) return accepted;
      options.onCommitted(base, entries);
      const last = entries.at(-1)?.globalPosition ?? base;
      // The events are committed: an append does not fail because older events of others cannot be read.
      await options.catchUp(last).catch(() => undefined);
      return accepted;
    } finally {
      end(outcome);
      awaited = undefined;
    }
  }

  function keepTips(plan: PlannedFlush, accepted: ReadonlySet<RunAppend>): void {
    for (const run of plan.runs) {
      const tip = plan.tips.get(run.runId);
      tips.delete(run.runId);
      if (accepted.has(run) && tip !== undefined && !isEnded(tip.summary)) tips.set(run.runId, tip);
    }
    for (const runId of tips.keys()) {
      if (tips.size <= maxTips) break;
      tips.delete(runId);
    }
  }

  function start(): void {
    flushing ??= flushAll().finally(() => {
      flushing = undefined;
      if (pending.length > 0) start();
    });
  }

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        const one = { append, resolve, reject };
        pending.push(one);
        if (!hasDeltasOnly(append)) hurry?.();
        if (pending.length === 1 && flushing === undefined) clock.turn(start);
      }),
    onEcho(base, flush) {
      // The first message of a flush publishes all of its entries.
      if (flush === publishedFlush) return true;
      if (awaited?.number !== flush) return false;
      publishedFlush = flush;
      const { plan } = awaited;
      // A flush of which a run was rejected has no such message.
      options.onCommitted(base, entriesOf(plan, { base, accepted: new Set(plan.runs) }));
      return true;
    },
    forget: (runId) => void tips.delete(runId),
    forgetAll: () => tips.clear(),
    async idle() {
      isClosing = true;
      hurry?.();
      start();
      await flushing;
    },
  };
}

function entriesOf(
  { events }: PlannedFlush,
  { base, accepted }: { readonly base: number; readonly accepted: ReadonlySet<RunAppend> },
): readonly LogEntry[] {
  return events
    .filter(({ run }) => accepted.has(run))
    .map(({ epoch, event }, index) => ({ epoch, globalPosition: base + index + 1, event }));
}
