import type { Clock } from '../runtime/clock.ts';
import type { EventLog, GlobalEntry, LogEntry } from './event-log.ts';

type Listener = (entries: readonly LogEntry[]) => void;
type GlobalListener = (entries: readonly GlobalEntry[]) => void;

/** The watchers of a log and their notification after a commit. */
export interface Listeners extends Pick<EventLog, 'watch' | 'watchAll'> {
  /** Notifies all watchers concerned of the new entries, which are in commit order. */
  publish(entries: readonly GlobalEntry[]): void;
  /** Notifies the watchers of the run that it was set aside. */
  setAside(runId: string): void;
}

export function createListeners(clock: Clock): Listeners {
  const ofRun = new Map<string, Set<Listener>>();
  const ofAll = new Set<GlobalListener>();

  /** A listener that throws is a defect, but the commit is done and the other listeners must be notified. */
  function notify<Entry>(listener: (entries: readonly Entry[]) => void, entries: readonly Entry[]): void {
    try {
      listener(entries);
    } catch (error) {
      clock.turn(() => {
        throw error;
      });
    }
  }

  /** Without entries: the watchers of the run must read the log, which has the reason. */
  function invalidate(runId: string): void {
    for (const listener of ofRun.get(runId) ?? []) notify(listener, []);
  }

  return {
    publish(entries) {
      if (entries.length === 0) return;
      for (const [listeners, own] of byWatched(ofRun, entries)) {
        for (const listener of listeners) notify(listener, own);
      }
      for (const { event } of entries) if (event.type === 'run.deleted') invalidate(event.runId);
      for (const listener of ofAll) notify(listener, entries);
    },
    setAside: invalidate,
    watch(runId, listener) {
      // A separate object, so that one function may watch twice and stop once.
      const own: Listener = (entries) => listener(entries);
      const listeners = ofRun.get(runId) ?? new Set();
      ofRun.set(runId, listeners.add(own));
      return () => {
        listeners.delete(own);
        if (listeners.size === 0 && ofRun.get(runId) === listeners) ofRun.delete(runId);
      };
    },
    watchAll(listener) {
      const own: GlobalListener = (entries) => listener(entries);
      ofAll.add(own);
      return () => void ofAll.delete(own);
    },
  };
}

/** One pass over the entries, however many runs they belong to. */
function byWatched(
  ofRun: ReadonlyMap<string, ReadonlySet<Listener>>,
  entries: readonly GlobalEntry[],
): ReadonlyMap<ReadonlySet<Listener>, readonly LogEntry[]> {
  const watched = new Map<ReadonlySet<Listener>, LogEntry[]>();
  for (const entry of entries) {
    const listeners = ofRun.get(entry.event.runId);
    if (listeners === undefined || !isOfRun(entry)) continue;
    const own = watched.get(listeners);
    if (own === undefined) watched.set(listeners, [entry]);
    else own.push(entry);
  }
  return watched;
}

function isOfRun(entry: GlobalEntry): entry is LogEntry {
  return entry.event.type !== 'run.deleted';
}
