import { isTerminal, summarize, type DurableEvent, type RunSummary } from '@stagewire/shared';
import { LogUnavailable, type EventLog, type Head, type LogEntry } from '../../server/log/event-log.ts';
import {
  hasMark,
  nextIncarnation,
  type GlobalMark,
  type Incarnation,
} from '../../server/log/incarnations.ts';
import { createOrderedNotifications } from '../../server/log/ordered-notifications.ts';
import { createLogHistory } from '../../server/log/postgres/log-history.ts';
import type { Clock } from '../../server/runtime/clock.ts';

/** An event that was committed at some time, whether it was lost since or not. */
export interface Committed extends LogEntry {
  /** The one before it in its history; `undefined` for the first. */
  readonly parent: Committed | undefined;
}

interface State {
  readonly last: Committed | undefined;
  readonly incarnations: readonly (Incarnation & { readonly engine: string })[];
  readonly floor: number;
}

/** A database that loses its end: what `begin_incarnation_1` and the tables do, in memory. */
export interface ForkModel {
  readonly last: Committed | undefined;
  /** All that the database has, in order. */
  entries(): readonly Committed[];
  /** The committed one with this event, which is the same object wherever it was read. */
  of(event: object): Committed | undefined;
  /** The last one up to a position of an incarnation; `undefined` for none. */
  at(mark: GlobalMark): Committed | undefined;
  /** Remembers the present state. */
  backUp(): void;
  /** Goes back to one of the remembered states, with another process of the engine. @param which From 0 to 1 */
  restore(which: number): void;
  /** Another process of the engine, which has lost nothing. */
  restart(): void;
  join(): ForkNode;
}

export interface ForkNode {
  readonly log: EventLog;
  /** Connects to the present engine, unless it is. */
  connect(): Promise<void>;
  /** Does the next commits of others reach it only when it connects, or looks? */
  isDeaf: boolean;
  /** Commits an event, which gets its position in the run. */
  append(runId: string, event: (seq: number) => DurableEvent, epoch: number): Promise<void>;
  /** As a renewal of the lease does. */
  catchUp(): Promise<void>;
}

export function createForkModel({ clock }: { readonly clock: Clock }): ForkModel {
  let engine = 0;
  let state: State = { last: undefined, incarnations: [], floor: 0 };
  const backups: State[] = [];
  const byEvent = new Map<object, Committed>();
  const byMark = new Map<string, Committed | undefined>();
  const keyOf = ({ incarnation, globalPosition }: GlobalMark) => `${incarnation}.${globalPosition}`;
  const nodes = new Set<{ engine: number; onCommit(base: number, entry: Committed): void }>();

  const lastPlace = () => Math.max(state.last?.globalPosition ?? 0, state.floor);

  function entries(): readonly Committed[] {
    const all: Committed[] = [];
    for (let one = state.last; one !== undefined; one = one.parent) all.push(one);
    return all.toReversed();
  }

  function begin(seenIncarnation: number, seenPlace: number): void {
    const latest = state.incarnations.at(-1);
    const isBehind = latest?.incarnation === seenIncarnation && lastPlace() < seenPlace;
    if (latest?.engine === String(engine) && !isBehind) return;
    const incarnation = nextIncarnation(Math.max(latest?.incarnation ?? 0, seenIncarnation), clock.now());
    const kept = state.incarnations.filter(({ forkedAfter }) => forkedAfter < lastPlace());
    const added = { incarnation, forkedAfter: lastPlace(), engine: String(engine) };
    state = { ...state, incarnations: [...kept, added], floor: Math.max(state.floor, seenPlace) };
    byMark.set(keyOf({ incarnation, globalPosition: lastPlace() }), state.last);
  }

  function ofRun(runId: string): readonly Committed[] {
    return entries().filter(({ event }) => event.runId === runId);
  }

  function headOf(run: readonly Committed[]): Head | undefined {
    const last = run.at(-1);
    const summary = run.reduce<RunSummary | undefined>((sum, { event }) => summarize(sum, event), undefined);
    if (last === undefined || summary === undefined) return undefined;
    const { epoch, globalPosition, event } = last;
    const status = isTerminal(event) ? 'ended' : 'live';
    return { status, position: { epoch, seq: event.seq }, globalPosition, summary, bytes: 1 };
  }

  function join(): ForkNode {
    const unused = () => {
      throw new Error('the model does not have this');
    };
    const forkListeners = new Set<(lastKept: number) => void>();
    const history = createLogHistory({ orderLock: '1', channel: 'c', onBegin: () => undefined });
    let connecting: Promise<void> | undefined;
    const self = { engine: -1, onCommit: (_base: number, _entry: Committed): void => undefined };

    /** What is read from an engine that is gone does not arrive. */
    async function ask<T>(work: () => T): Promise<T> {
      await connect();
      const at = engine;
      const result = work();
      await Promise.resolve();
      if (at !== engine) throw new LogUnavailable('the connection was lost');
      return result;
    }

    async function connect(): Promise<void> {
      while (self.engine !== engine) {
        connecting ??= reconnect().finally(() => {
          connecting = undefined;
        });
        await connecting;
      }
    }

    async function reconnect(): Promise<void> {
      const to = engine;
      await history.check({
        query({ values = [] }) {
          begin(Number(values[2]), Number(values[3]));
          return Promise.resolve(
            state.incarnations.map((one) => ({ ...one, forked_after: one.forkedAfter })),
          );
        },
      });
      self.engine = to;
      if (to !== engine) return;
      const place = lastPlace();
      history.see(place);
      catchUp(place).catch(() => undefined);
    }

    const seen = <Some extends readonly LogEntry[]>(some: Some): Some => {
      for (const { globalPosition } of some) history.see(globalPosition);
      return some;
    };
    const readAll: EventLog['readAll'] = ({ after, limit }) =>
      ask(() =>
        seen(
          entries()
            .filter(({ globalPosition }) => globalPosition > after)
            .slice(0, limit),
        ),
      );
    const notifications = createOrderedNotifications({
      clock,
      fromPosition: lastPlace(),
      readAll,
      pageEntries: 3,
      onRepairFailed: () => undefined,
    });
    const catchUp = (position: number) => notifications.catchUp(position);
    history.onFork((lastKept) => {
      notifications.rewind(lastKept);
      for (const listener of forkListeners) listener(lastKept);
    });
    const node: ForkNode = {
      isDeaf: false,
      connect,
      catchUp: () => ask(lastPlace).then(catchUp),
      async append(runId, make, epoch) {
        await connect();
        const event = make((ofRun(runId).at(-1)?.event.seq ?? 0) + 1);
        const base = lastPlace();
        const entry: Committed = { epoch, globalPosition: base + 1, event, parent: state.last };
        byEvent.set(event, entry);
        const incarnation = state.incarnations.at(-1)?.incarnation ?? 0;
        byMark.set(keyOf({ incarnation, globalPosition: entry.globalPosition }), entry);
        state = { ...state, last: entry };
        for (const one of nodes) if (one.engine === engine) one.onCommit(base, entry);
      },
      log: {
        append: unused,
        usageOfDay: unused,
        head: (runId) => ask(() => headOf(ofRun(runId))),
        ownerOf: (runId) => ask(() => (ofRun(runId).length > 0 ? 'local' : undefined)),
        read: (runId, { after, limit }) =>
          ask(() =>
            seen(
              ofRun(runId)
                .filter(({ event }) => event.seq > after)
                .slice(0, limit),
            ),
          ),
        at: (runId, seq) => ask(() => seen(ofRun(runId).slice(seq - 1, seq))[0]),
        position: (runId, seq) =>
          ask(() => {
            const run = seen(ofRun(runId));
            const head = headOf(run);
            return head && { head, first: run[0], at: run[seq - 1] };
          }),
        readAll,
        lastGlobalPosition: () =>
          ask(() => {
            history.see(lastPlace());
            return lastPlace();
          }),
        incarnationAt: (position) => history.at(position),
        reaches: (mark) => ask(() => hasMark(history, mark, lastPlace())),
        watchForks(listener) {
          forkListeners.add(listener);
          return () => void forkListeners.delete(listener);
        },
        watch: (runId, listener) => notifications.watch(runId, listener),
        watchAll: (listener) => notifications.watchAll(listener),
        list: unused,
        listPage: unused,
        liveRuns: unused,
        endedRuns: unused,
        setAside: unused,
        usedBytes: unused,
        probe: unused,
        remove: unused,
        delete: unused,
        purge: unused,
        close: unused,
      },
    };
    self.onCommit = (base, entry) => {
      if (!node.isDeaf) notifications.offer({ base, entries: seen([entry]) });
    };
    nodes.add(self);
    return node;
  }

  return {
    get last() {
      return state.last;
    },
    entries,
    of: (event) => byEvent.get(event),
    at: (mark) => byMark.get(keyOf(mark)),
    backUp: () => void backups.push(state),
    restore(which) {
      state = backups[Math.floor(which * backups.length)] ?? { last: undefined, incarnations: [], floor: 0 };
      engine += 1;
    },
    restart: () => void (engine += 1),
    join,
  };
}

/** Is this one before the other, or the same, in the history of the other? */
export function isBefore(one: Committed, other: Committed): boolean {
  for (let at: Committed | undefined = other; at !== undefined; at = at.parent) if (at === one) return true;
  return false;
}
