import { asError } from '@stagewire/shared/caught-error';
import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import { checkAppend } from './check-append.ts';
import { createCommitWindow } from './commit-window.ts';
import { LogConflict, LogUnavailable, RunMissing, RunUnreadable } from './event-log.ts';
import { usageIn } from './day-usage.ts';
import type {
  Append,
  Deletion,
  EventLog,
  GlobalEntry,
  Head,
  LogEntry,
  LogPosition,
  ReadOptions,
} from './event-log.ts';
import { hasMark } from './incarnations.ts';
import { headOfTip } from './head-of-tip.ts';
import type { LogStorage, Tip } from './log-storage.ts';
import { createRunScanner } from './run-scanner.ts';
import { createPurger } from './purger.ts';
import { createListeners } from './listeners.ts';
import { isEnded, summarize } from '@stagewire/shared';

interface Pending {
  readonly append: Append;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Written {
  readonly tip: Tip;
  readonly entries: readonly LogEntry[];
}

/**
 * An event log over a synchronous storage (group commit): the appends of one turn, or of a commit window, are one transaction,
 * each in a savepoint of its own. Watchers are notified after the commit, and the appenders after the watchers.
 */
export function createGroupCommitLog({
  clock,
  storage,
  logger = quietLogger,
  commitWindowMs = 0,
}: {
  readonly clock: Clock;
  readonly storage: LogStorage;
  /** Reports when the log can no longer be written, and when it can again. @default logs nothing */
  readonly logger?: Logger;
  /** How long deltas of several runs wait for a common commit, in milliseconds. @default 0 */
  readonly commitWindowMs?: number | undefined;
}): EventLog {
  const listeners = createListeners(clock);
  const { purge, stop: stopPurging } = createPurger({ clock, storage });
  const scanner = createRunScanner({ clock, list: (query, maxScanned) => storage.list(query, maxScanned) });
  /** Where live runs end as committed, so that an append need not query the storage. Ended runs are removed. */
  const tips = new Map<string, Tip>();
  /** Runs that were set aside since the log was opened, and why. */
  const aside = new Map<string, string>();
  const window = createCommitWindow({ clock, windowMs: commitWindowMs, flush });
  let pending: Pending[] = [];
  let isUnavailable = false;
  let closed = false;
  let closing: Promise<void> | undefined;

  /** Every operation runs through here: a thrown error rejects, and a closed storage is not used. */
  const whenOpen = async <T>(ask: () => T | Promise<T>): Promise<T> => {
    if (closed) throw new LogUnavailable('the log is closed');
    try {
      return await ask();
    } catch (error) {
      if (closed) throw new LogUnavailable('the log was closed meanwhile', { cause: error });
      if (error instanceof RunUnreadable) setAside(error.runId, error.message);
      throw error;
    }
  };

  /** If this cannot be written, it is kept until the next start, which detects the damage again. */
  function setAside(runId: string, problem: string): void {
    if (aside.has(runId)) return;
    aside.set(runId, problem);
    tips.delete(runId);
    try {
      storage.setAside(runId, problem);
    } catch {
      // The log cannot be written at the moment; `aside` still applies.
    }
    listeners.setAside(runId);
  }

  function readable(runId: string): void {
    const problem = aside.get(runId);
    if (problem !== undefined) throw new RunUnreadable(runId, problem);
  }

  function readAll(options: ReadOptions & { readonly deltas: boolean }): readonly GlobalEntry[] {
    const damaged: RunUnreadable[] = [];
    const entries = storage.readAll({ ...options, onDamaged: (error) => damaged.push(error) });
    for (const { runId, message } of damaged) setAside(runId, message);
    return entries;
  }

  function head(runId: string): Head | undefined {
    try {
      readable(runId);
      const tip = tipOf(runId);
      if (tip === 'removed') return { status: 'removed', owner: '', ...storage.tombstone(runId) };
      // The index may have a run whose events are lost.
      return tip === undefined ? headOfLost(runId) : headOfTip(tip);
    } catch (error) {
      if (!(error instanceof RunUnreadable)) throw error;
      setAside(runId, error.message);
      const summary = storage.list({ runId, limit: 1 }, 1).runs[0];
      return { status: 'unreadable', problem: error.message, owner: summary?.owner ?? '' };
    }
  }

  function headOfLost(runId: string): Head | undefined {
    const summary = storage.list({ runId, limit: 1 }, 1).runs[0];
    if (summary === undefined) return undefined;
    return { status: 'unreadable', problem: summary.problem ?? 'it has no events', owner: summary.owner };
  }

  function position(runId: string, seq: number): LogPosition | undefined {
    const found = head(runId);
    if (found?.status !== 'live' && found?.status !== 'ended') return found && { head: found };
    try {
      const first = storage.at(runId, 1);
      return { head: found, first, at: seq === 1 ? first : storage.at(runId, seq) };
    } catch (error) {
      if (!(error instanceof RunUnreadable)) throw error;
      setAside(runId, error.message);
      const unreadable = head(runId);
      return unreadable && { head: unreadable };
    }
  }

  /** Logs each outage once: every append and every probe fails while it lasts. */
  function logOutage(error: unknown): void {
    if ((error !== undefined) === isUnavailable) return;
    isUnavailable = error !== undefined;
    if (isUnavailable) logger.error({ error }, 'the event log cannot be written; runs wait until it can');
    else logger.warn({}, 'the event log can be written again');
  }

  function probe(): void {
    try {
      storage.probe();
    } catch (error) {
      logOutage(error);
      throw error;
    }
    logOutage(undefined);
  }

  function flush(): void {
    const group = pending;
    pending = [];
    if (group.length === 0) return;
    const outcomes = commit(group);
    logOutage(outcomes instanceof LogUnavailable ? outcomes : undefined);
    if (outcomes instanceof LogUnavailable) return group.forEach(({ reject }) => reject(outcomes));
    listeners.publish(outcomes.flatMap((outcome) => (outcome instanceof Error ? [] : outcome.entries)));
    group.forEach(({ resolve, reject }, index) => {
      const outcome = outcomes[index];
      if (outcome instanceof Error) reject(outcome);
      else resolve();
    });
  }

  function commit(group: readonly Pending[]): readonly (Written | Error)[] | LogUnavailable {
    const staged = new Map<string, Tip>();
    try {
      storage.begin();
      const outcomes = group.map(({ append }) => {
        const outcome = tryWrite(append, () => staged.get(append.runId) ?? tipOf(append.runId));
        if (!(outcome instanceof Error)) staged.set(append.runId, outcome.tip);
        return outcome;
      });
      storage.commit();
      for (const [runId, tip] of staged) keepTip(runId, tip);
      return outcomes;
    } catch (error) {
      storage.rollback();
      // The state of the storage is unknown: it is read again.
      for (const { append } of group) tips.delete(append.runId);
      if (error instanceof LogUnavailable) return error;
      return new LogUnavailable('the log could not be written', { cause: error });
    }
  }

  /** Returns an error of this append; throws if nothing can be written at all. */
  function tryWrite(append: Append, findTip: () => Tip | 'removed' | undefined): Written | Error {
    const { runId } = append;
    try {
      if (aside.has(runId)) throw new LogConflict(`${runId} was set aside, since it cannot be read`);
      const tip = findTip();
      checkAppend(append, tip);
      return storage.savepoint(() => write(append, tip === 'removed' ? undefined : tip));
    } catch (error) {
      if (error instanceof LogUnavailable) throw error;
      // The run may have another writer: its end must be read from the storage again.
      tips.delete(runId);
      if (error instanceof RunUnreadable) {
        // A transaction is open: the mark must wait until it ends.
        clock.turn(() => setAside(runId, error.message));
        return new LogConflict(`${runId} cannot be read: ${error.message}`);
      }
      return asError(error);
    }
  }

  function write({ runId, epoch, events }: Append, before: Tip | undefined): Written {
    const summary = events.reduce(summarize, before?.summary);
    if (summary === undefined) throw new RangeError(`an append to ${runId} has no events`);
    if (summary !== before?.summary) storage.index(summary);
    let bytes = before?.bytes ?? 0;
    const entries = events.map((event) => {
      const added = storage.add(epoch, event);
      bytes += added.bytes;
      return { epoch, globalPosition: added.globalPosition, event };
    });
    for (const added of usageIn(events, summary.owner)) storage.addUsage(added);
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError(`an append to ${runId} has no events`);
    if (isEnded(summary)) storage.seal(runId, bytes);
    return {
      entries,
      tip: { position: { epoch, seq: last.event.seq }, globalPosition: last.globalPosition, summary, bytes },
    };
  }

  function tipOf(runId: string): Tip | 'removed' | undefined {
    return tips.get(runId) ?? storage.tip(runId);
  }

  function keepTip(runId: string, tip: Tip): void {
    if (isEnded(tip.summary)) tips.delete(runId);
    else tips.set(runId, tip);
  }

  async function remove(runId: string): Promise<void> {
    const tip = tipOf(runId);
    if (tip !== undefined && tip !== 'removed') {
      if (!isEnded(tip.summary) && tip.summary.status !== 'unreadable')
        throw new Error(`${runId} is live; only an ended run can be removed`);
      storage.remove(runId);
      aside.delete(runId);
    }
    await purge();
  }

  function deleteRun(runId: string, { actor, at }: Pick<Deletion, 'actor' | 'at'>): Deletion {
    const found = head(runId);
    if (found === undefined) throw new RunMissing(runId, 'is not in the log');
    if (found.status === 'live') throw new Error(`${runId} is live; only an ended run can be deleted`);
    if (found.status === 'removed') {
      if (found.deletion === undefined) throw new RunMissing(runId, 'was removed by retention');
      return found.deletion;
    }
    const [owner, seq] = 'owner' in found ? [found.owner, 1] : [found.summary.owner, found.position.seq + 1];
    const entry = storage.delete({ owner, event: { type: 'run.deleted', runId, seq, at, actor } });
    tips.delete(runId);
    aside.delete(runId);
    listeners.publish([entry]);
    purge().catch((error: unknown) => {
      if (!closed) logger.warn({ error }, 'the data of a deleted run was not purged; it will be retried');
    });
    return { owner, actor, at };
  }

  async function close(): Promise<void> {
    flush();
    closed = true;
    stopPurging();
    await storage.close();
  }

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new LogUnavailable('the log is closed'));
        pending.push({ append, resolve, reject });
        window.add(append);
      }),
    head: (runId) => whenOpen(() => head(runId)),
    ownerOf: (runId) => whenOpen(() => storage.ownerOf(runId)),
    read: (runId, options) =>
      whenOpen(() => {
        readable(runId);
        return storage.read(runId, options);
      }),
    at: (runId, seq) =>
      whenOpen(() => {
        readable(runId);
        return storage.at(runId, seq);
      }),
    position: (runId, seq) => whenOpen(() => position(runId, seq)),
    readAll: ({ deltas = true, ...options }) => whenOpen(() => readAll({ ...options, deltas })),
    setAside: (runId, problem) => whenOpen(() => setAside(runId, problem)),
    lastGlobalPosition: () => whenOpen(() => storage.lastGlobalPosition()),
    incarnationAt: (globalPosition) => storage.incarnations.at(globalPosition),
    reaches: (mark) => whenOpen(() => hasMark(storage.incarnations, mark, storage.lastGlobalPosition())),
    watchForks: () => () => undefined,
    watch: (runId, listener) => listeners.watch(runId, listener),
    watchAll: (listener) => listeners.watchAll(listener),
    list: (query) => whenOpen(() => scanner.list(query)),
    listPage: (query, signal) => whenOpen(() => scanner.listPage(query, signal)),
    liveRuns: () => whenOpen(() => storage.liveRuns()),
    endedRuns: (options) => whenOpen(() => storage.endedRuns(options)),
    usageOfDay: (day, owner) => whenOpen(() => storage.usageOfDay(day, owner)),
    usedBytes: () => whenOpen(() => storage.usedBytes()),
    probe: () => whenOpen(probe),
    remove: (runId) => whenOpen(() => remove(runId)),
    delete: (runId, by) => whenOpen(() => deleteRun(runId, by)),
    purge: () => whenOpen(purge),
    close: () => (closing ??= close()),
  };
}
