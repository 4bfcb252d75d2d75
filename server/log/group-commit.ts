import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import { checkAppend } from './check-append.ts';
import { LogUnavailable } from './event-log.ts';
import type { Append, EventLog, Head, LogEntry } from './event-log.ts';
import type { LogStorage, Tip } from './log-storage.ts';
import { createListeners } from './listeners.ts';
import { isEnded, summarize } from './summarize.ts';

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
 * An event log over a synchronous storage. Appends of one turn of the event loop are one transaction, each in a
 * savepoint of its own; watchers hear of them after the commit, and the appenders after the watchers.
 */
export function createGroupCommitLog({ clock, storage }: { clock: Clock; storage: LogStorage }): EventLog {
  const listeners = createListeners(clock);
  /** Where live runs end as committed, so that an append need not ask the storage. Ended runs leave. */
  const tips = new Map<string, Tip>();
  let pending: Pending[] = [];
  let closed = false;
  let closing: Promise<void> | undefined;

  /** Everything asked goes through here: what throws rejects, and nothing is asked of a closed storage. */
  // oxlint-disable-next-line typescript/require-await -- async so that what `ask` throws rejects
  const whenOpen = async <T>(ask: () => T | Promise<T>): Promise<T> => {
    if (closed) throw new LogUnavailable('the log is closed');
    return ask();
  };

  function flush(): void {
    const group = pending;
    pending = [];
    if (group.length === 0) return;
    const outcomes = commit(group);
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
        const outcome = tryWrite(append, staged.get(append.runId) ?? tipOf(append.runId));
        if (!(outcome instanceof Error)) staged.set(append.runId, outcome.tip);
        return outcome;
      });
      storage.commit();
      for (const [runId, tip] of staged) keepTip(runId, tip);
      return outcomes;
    } catch (error) {
      storage.rollback();
      // Whatever the storage has made of it: it is asked again.
      for (const { append } of group) tips.delete(append.runId);
      if (error instanceof LogUnavailable) return error;
      return new LogUnavailable('the log could not be written', { cause: error });
    }
  }

  /** An error is the append's own; that nothing can be written at all is thrown. */
  function tryWrite(append: Append, tip: Tip | 'removed' | undefined): Written | Error {
    try {
      checkAppend(append, tip);
      return storage.savepoint(() => write(append, tip === 'removed' ? undefined : tip));
    } catch (error) {
      if (error instanceof LogUnavailable) throw error;
      // Perhaps the run has another writer: what is known of its end must be asked of the storage again.
      tips.delete(append.runId);
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  function write({ runId, epoch, events }: Append, before: Tip | undefined): Written {
    const summary = events.reduce(summarize, before?.summary);
    if (summary === undefined) throw new RangeError(`an append to ${runId} has no events`);
    if (summary !== before?.summary) storage.index(summary);
    const entries = events.map((event) => ({ epoch, order: storage.add(epoch, event), event }));
    const last = entries.at(-1);
    if (last === undefined) throw new RangeError(`an append to ${runId} has no events`);
    return { entries, tip: { position: { epoch, seq: last.event.seq }, order: last.order, summary } };
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
      if (!isEnded(tip.summary)) throw new Error(`${runId} is live; only an ended run can be removed`);
      storage.remove(runId);
    }
    while (storage.purge()) {
      await nextTurn(clock);
      if (closed) return;
    }
  }

  async function close(): Promise<void> {
    flush();
    closed = true;
    await storage.close();
  }

  return {
    append: (append) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new LogUnavailable('the log is closed'));
        if (pending.length === 0) clock.turn(flush);
        pending.push({ append, resolve, reject });
      }),
    head: (runId) => whenOpen(() => headOf(tipOf(runId))),
    read: (runId, { after, limit }) => whenOpen(() => storage.read(runId, after, limit)),
    at: (runId, seq) => whenOpen(() => storage.at(runId, seq)),
    readAll: ({ after, limit, deltas = true }) => whenOpen(() => storage.readAll(after, limit, deltas)),
    lastOrder: () => whenOpen(() => storage.lastOrder()),
    watch: (runId, listener) => listeners.watch(runId, listener),
    watchAll: (listener) => listeners.watchAll(listener),
    list: (query) => whenOpen(() => storage.list(query)),
    liveRuns: () => whenOpen(() => storage.liveRuns()),
    endedRuns: (options) => whenOpen(() => storage.endedRuns(options)),
    usedBytes: () => whenOpen(() => storage.usedBytes()),
    probe: () => whenOpen(() => storage.probe()),
    remove: (runId) => whenOpen(() => remove(runId)),
    close: () => (closing ??= close()),
  };
}

function headOf(tip: Tip | 'removed' | undefined): Head | undefined {
  if (tip === undefined) return undefined;
  if (tip === 'removed') return { status: 'removed' };
  return { status: isEnded(tip.summary) ? 'ended' : 'live', position: tip.position, order: tip.order };
}
