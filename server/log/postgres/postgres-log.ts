import type { Clock } from '../../runtime/clock.ts';
import { quietLogger, type Logger } from '../../runtime/logger.ts';
import { LogUnavailable, RunUnreadable } from '../event-log.ts';
import type { EventLog, GlobalEntry, Head, LogEntry, LogPosition } from '../event-log.ts';
import { headOfTip } from '../head-of-tip.ts';
import { hasMark, type GlobalMark } from '../incarnations.ts';
import type { Tip } from '../log-storage.ts';
import { createFlushMonitor, type FlushMonitor } from '../flush-monitor.ts';
import { createOrderedNotifications, type NotificationStats } from '../ordered-notifications.ts';
import type { DurableEvent } from '@stagewire/shared';
import type { Database } from './database.ts';
import { createEventReader, type StoredRun } from './events-read.ts';
import { createFlushPace, type FlushPaceOptions } from './flush-pace.ts';
import { createGroupAppends } from './group-appends.ts';
import { formatMessage, type Message } from './messages.ts';
import { createQueueWatch, type QueueWatchOptions } from './queue-watch.ts';
import { createRemoval } from './removal.ts';
import { createRunIndex } from './run-index.ts';
import { storable } from './events-read.ts';

export interface PostgresLogOptions extends FlushPaceOptions, QueueWatchOptions {
  readonly clock: Clock;
  readonly database: Database;
  /** Reports runs that are set aside. @default logs nothing */
  readonly logger?: Logger;
}

export interface PostgresLog extends EventLog {
  /** Measures the flushes of this node. */
  readonly flushes: Pick<FlushMonitor, 'stats' | 'onFlush'>;
  /** The notifications of the database at this node, and how often it was connected again. */
  notificationStats(): NotificationStats & { readonly reconnects: number };
  /** How long after the last row of its run a delta is to be held, in milliseconds; 0 while flushes are fast. */
  deltaHoldMs(): number;
  /** Are there other nodes that follow the events of this one? Without them its notifications have no text. @default there are */
  setPeers(hasPeers: boolean): void;
  /** Publishes everything up to a position: finds notifications that were lost. @throws LogUnavailable */
  catchUp(globalPosition: number): Promise<void>;
}

/** A log in PostgreSQL, which several nodes share. A node must have claimed a run to append to it. */
export function createPostgresLog(options: PostgresLogOptions): PostgresLog {
  const { clock, database, logger = quietLogger } = options;
  const { pool, session, nodeId, channel, history } = database;
  const orderLock = database.lockKey('order');
  const reader = createEventReader(pool);
  const index = createRunIndex(pool);
  const removal = createRemoval({ queries: pool, reader, nodeId, channel, orderLock });
  const monitor = createFlushMonitor({ clock });
  const pace = createFlushPace({ ...options, monitor });
  const queue = createQueueWatch({ ...options, monitor });
  /** Runs that could not be set aside in the database. */
  const aside = new Map<string, string>();
  const forkListeners = new Set<(lastKept: number) => void>();
  let isClosed = false;
  let reconnects = 0;
  let closing: Promise<void> | undefined;

  const notifications = createOrderedNotifications({
    clock,
    fromPosition: database.openedAt,
    readAll: readEverything,
    // The next notification, or the renewal of the lease, tries again.
    onRepairFailed: () => undefined,
  });
  const appends = createGroupAppends({
    clock,
    session,
    monitor,
    pace,
    queue,
    nodeId,
    channel,
    orderLock,
    async readTips(runIds) {
      const found = await reader.runs(runIds);
      return new Map([...found].map(([runId, run]) => [runId, tipOf(runId, run)]));
    },
    onCommitted: (base, entries) => notifications.offer({ base, entries: seen(entries) }),
    catchUp: (position) => notifications.catchUp(position),
  });

  const unsubscribe = [
    database.subscribe('e', onEntries),
    database.subscribe('p', ({ words: [node, last] }) => {
      if (node !== nodeId) repairUpTo(Number(last));
    }),
    database.subscribe('s', ({ words: [node, runId = ''] }) => {
      if (node === nodeId) return;
      appends.forget(runId);
      notifications.setAside(runId);
    }),
    database.onConnected((position) => {
      reconnects += 1;
      repairUpTo(position);
    }),
    database.subscribe('f', checkHistory),
    history.onFork((lastKept) => {
      logger.error(
        { lastKept },
        'the database has lost its latest events, as after a restore or a fail-over: subscriptions are checked, and runs continue from what is left',
      );
      appends.forgetAll();
      notifications.rewind(lastKept);
      for (const listener of forkListeners) listener(lastKept);
    }),
  ];

  function onEntries({ words: [node, baseWord, flush], body }: Message): void {
    const base = Number(baseWord);
    if (node === nodeId && appends.onEcho(base, Number(flush))) return;
    const entries = body.split('\n').map((line, at): LogEntry => {
      const space = line.indexOf(' ');
      const event = JSON.parse(line.slice(space + 1)) as DurableEvent;
      return { epoch: Number(line.slice(0, space)), globalPosition: base + at + 1, event };
    });
    notifications.offer({ base, entries: seen(entries) });
  }

  function repairUpTo(position: number): void {
    // The next notification, or the renewal of the lease, tries again.
    catchUp(position).catch(() => undefined);
  }

  async function catchUp(position: number): Promise<void> {
    // Usually a position that was read before others were published; otherwise the log has lost its end.
    if (position < notifications.publishedPosition) checkHistory();
    history.see(position);
    await notifications.catchUp(position);
  }

  function checkHistory(): void {
    // The next renewal of the lease tries again.
    history.check(session).catch(() => undefined);
  }

  /** Returns what was read, and remembers how far the log has been seen. */
  function seen<Entries extends readonly GlobalEntry[]>(entries: Entries): Entries {
    for (const { globalPosition } of entries) history.see(globalPosition);
    return entries;
  }

  async function lastGlobalPosition(): Promise<number> {
    const position = await reader.lastGlobalPosition();
    history.see(position);
    return position;
  }

  async function reaches(mark: GlobalMark): Promise<boolean> {
    const last = await lastGlobalPosition();
    if (hasMark(history, mark, last)) return true;
    // Another node may have begun the incarnation.
    if (mark.incarnation <= history.at(Infinity)) return false;
    await history.check(pool);
    return hasMark(history, mark, last);
  }

  /** Every operation runs through here: a closed log is not used. */
  async function whenOpen<T>(ask: () => Promise<T>): Promise<T> {
    if (isClosed) throw new LogUnavailable('the log is closed');
    try {
      return await ask();
    } catch (error) {
      if (error instanceof RunUnreadable) await setAside(error.runId, error.message);
      throw error;
    }
  }

  function readEverything({ deltas = true, ...page }: Parameters<EventLog['readAll']>[0]) {
    return whenOpen(async () =>
      seen(
        await reader.readAll({
          ...page,
          deltas,
          onDamaged: (error) => void setAside(error.runId, error.message),
        }),
      ),
    );
  }

  async function setAside(runId: string, problem: string): Promise<void> {
    if (aside.has(runId)) return;
    appends.forget(runId);
    try {
      const marked = await pool.query({
        text: `UPDATE runs SET status = 'unreadable', problem = $2 WHERE run_id = $1 AND status <> 'unreadable'
          RETURNING pg_notify($3, $4)`,
        values: [
          storable(runId),
          storable(problem),
          channel,
          formatMessage({ kind: 's', words: [nodeId, runId], body: '' }),
        ],
      });
      if (marked.length === 0) return;
    } catch {
      // It is read again, found damaged again, and tried again.
      aside.set(runId, problem);
    }
    logger.warn({ runId, problem }, 'this run is unreadable and was set aside');
    notifications.setAside(runId);
  }

  /** The end of a run for an append: one that is damaged rejects everything. */
  function tipOf(runId: string, run: StoredRun): Tip | 'removed' {
    if (run.status === 'removed') return 'removed';
    if (run.status === 'present') return run.tip;
    const { problem, owner } = run;
    const summary = {
      runId,
      owner,
      task: '',
      labels: {},
      queuedAt: '',
      current: null,
      status: 'unreadable',
      problem,
    };
    return { position: { epoch: 0, seq: 0 }, globalPosition: 0, summary, bytes: 0 } as Tip;
  }

  async function position(runId: string, seq: number | undefined): Promise<LogPosition | undefined> {
    const found = (await reader.runs([runId], seq)).get(runId);
    if (found === undefined) return undefined;
    if (found.status === 'damaged') {
      await setAside(runId, found.problem);
      const { problem, owner } = found;
      return { head: { status: 'unreadable', problem, owner } };
    }
    const problem = aside.get(runId);
    if (problem !== undefined && found.status === 'present') {
      return { head: { status: 'unreadable', problem, owner: found.tip.summary.owner } };
    }
    const head = headOf(found);
    if ('globalPosition' in head) history.see(head.globalPosition);
    if (found.status !== 'present' || head.status === 'unreadable') return { head };
    return { head, first: found.first, at: found.at };
  }

  async function close(): Promise<void> {
    await appends.idle();
    isClosed = true;
    pace.close();
    for (const stop of unsubscribe) stop();
    await database.close();
  }

  return {
    flushes: monitor,
    notificationStats: () => ({ ...notifications.stats(), reconnects }),
    deltaHoldMs: () => pace.holdMs(),
    append: (append) =>
      isClosed ? Promise.reject(new LogUnavailable('the log is closed')) : appends.append(append),
    head: (runId) => whenOpen(async () => (await position(runId, undefined))?.head),
    ownerOf: (runId) => whenOpen(() => index.ownerOf(runId)),
    position: (runId, seq) => whenOpen(() => position(runId, seq)),
    read: (runId, options) => whenOpen(async () => seen(await reader.read(runId, options))),
    at: (runId, seq) =>
      whenOpen(async () =>
        seq < 1 ? undefined : seen(await reader.read(runId, { after: seq - 1, limit: 1 }))[0],
      ),
    readAll: readEverything,
    lastGlobalPosition: () => whenOpen(lastGlobalPosition),
    incarnationAt: (globalPosition) => history.at(globalPosition),
    reaches: (mark) => whenOpen(() => reaches(mark)),
    watchForks(listener) {
      forkListeners.add(listener);
      return () => void forkListeners.delete(listener);
    },
    watch: (runId, listener) => notifications.watch(runId, listener),
    watchAll: (listener) => notifications.watchAll(listener),
    list: (query) => whenOpen(() => index.list(query)),
    listPage: (query) => whenOpen(() => index.listPage(query)),
    liveRuns: () => whenOpen(() => index.liveRuns()),
    endedRuns: (options) => whenOpen(() => index.endedRuns(options)),
    setAside: (runId, problem) => setAside(runId, problem),
    usageOfDay: (day, owner) => whenOpen(() => index.usageOfDay(day, owner)),
    usedBytes: () => whenOpen(() => index.usedBytes()),
    probe: () =>
      whenOpen(async () => {
        // Commits without writing a row.
        await session.query({ text: 'SELECT pg_current_xact_id()' });
      }),
    remove: (runId) =>
      whenOpen(async () => {
        await removal.remove(runId);
        aside.delete(runId);
        await removal.purge(() => isClosed);
      }),
    delete: (runId, by) =>
      whenOpen(async () => {
        const { deletion, entry } = await removal.delete(runId, by);
        appends.forget(runId);
        aside.delete(runId);
        if (entry !== undefined) {
          await notifications.catchUp(entry.globalPosition);
          removal
            .purge(() => isClosed)
            .catch((error: unknown) => {
              if (!isClosed)
                logger.warn({ error }, 'the data of a deleted run was not purged; it will be retried');
            });
        }
        return deletion;
      }),
    purge: () => whenOpen(() => removal.purge(() => isClosed)),
    close: () => (closing ??= close()),
    catchUp,
    setPeers: (hasPeers) => queue.setPeers(hasPeers),
  };
}

function headOf(run: Exclude<StoredRun, { status: 'damaged' }>): Head {
  return run.status === 'removed' ? run : headOfTip(run.tip);
}
