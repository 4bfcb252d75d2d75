import { fold, isLinkEvent, type RunState } from '@stagewire/shared';
import type { Append, DeletionEntry, EventLog, LogEntry } from '../../server/log/event-log.ts';
import type { Clock } from '../../server/runtime/clock.ts';
import { checkAppend } from './check-run.ts';
import { durableEntries } from './durable-entries.ts';

/** What is in the log, known at once: the measure of all that followers are told. */
export interface SimTruth {
  /** The log, with every append that it takes held against the laws of appends. */
  readonly log: EventLog;
  readonly runIds: readonly string[];
  /** How many runs there are, were started from another one, were deleted, have a cost, and have reached a limit. */
  readonly totals: Readonly<
    Record<'runs' | 'startedFrom' | 'deletions' | 'shared' | 'priced' | 'limited', number>
  >;
  entries(runId: string): readonly LogEntry[];
  /** When an event was appended; by its own time, which may be earlier, where no clock was given. */
  appendedAtMs(entry: LogEntry): number;
  /** The run as its log tells it, up to `seq`. @default its last */
  stateAt(runId: string, seq?: number): RunState | undefined;
  isLive(runId: string): boolean;
  /** Removed by retention, or deleted. */
  isRemoved(runId: string): boolean;
  /** As it is in the log; `undefined` if it was not deleted. */
  deletionOf(runId: string): DeletionEntry | undefined;
  /** All deletions, in order. */
  readonly deletions: readonly DeletionEntry[];
  /** Removes an ended run from the log; what was in it stays known here. */
  remove(runId: string): Promise<void>;
}

/** Must be there before whoever else watches the log. */
export function createSimTruth(
  log: EventLog,
  onBroken: (law: string) => void,
  clock?: Pick<Clock, 'now'>,
): SimTruth {
  const appended = new WeakMap<LogEntry, number>();
  const runs = new Map<string, { readonly entries: LogEntry[]; readonly states: RunState[] }>();
  const removed = new Set<string>();
  const deletions = new Map<string, DeletionEntry>();

  const stateAt = (runId: string, seq?: number) => {
    const states = runs.get(runId)?.states ?? [];
    return seq === undefined ? states.at(-1) : states[seq - 1];
  };

  log.watchAll((entries) => {
    for (const entry of entries) {
      if (!('owner' in entry)) continue;
      const { runId } = entry.event;
      if (deletions.has(runId)) onBroken(`${runId} was deleted twice`);
      if (stateAt(runId)?.endedAt === undefined) onBroken(`${runId} was deleted, and had not ended`);
      deletions.set(runId, entry);
    }
    for (const entry of durableEntries(entries)) {
      if (deletions.has(entry.event.runId)) onBroken(`${entry.event.runId} has events after its deletion`);
      const { runId } = entry.event;
      const run = runs.get(runId) ?? { entries: [], states: [] };
      runs.set(runId, run);
      run.entries.push(entry);
      if (clock !== undefined) appended.set(entry, clock.now());
      run.states.push(fold(run.states.at(-1), entry.event));
    }
  });

  return {
    log: {
      ...log,
      async append(append: Append) {
        await log.append(append);
        const after = stateAt(append.runId, append.expectedSeq + append.events.length);
        try {
          if (after === undefined) throw new Error(`an append to ${append.runId} was acknowledged unwritten`);
          checkAppend(append.events, after);
        } catch (error) {
          onBroken(error instanceof Error ? error.message : String(error));
        }
      },
    },
    get runIds() {
      return [...runs.keys()];
    },
    get totals() {
      const states = [...runs.keys()].map((runId) => stateAt(runId));
      return {
        runs: states.length,
        startedFrom: states.filter((state) => state?.from !== undefined).length,
        deletions: deletions.size,
        shared: [...runs.values()].filter((run) => run.entries.some(({ event }) => isLinkEvent(event)))
          .length,
        priced: states.filter((state) => state?.cost !== undefined).length,
        limited: states.filter((state) => state?.failure?.details !== undefined).length,
      };
    },
    entries: (runId) => runs.get(runId)?.entries ?? [],
    appendedAtMs: (entry) => appended.get(entry) ?? Date.parse(entry.event.at),
    stateAt,
    isLive: (runId) => runs.has(runId) && stateAt(runId)?.endedAt === undefined,
    isRemoved: (runId) => removed.has(runId) || deletions.has(runId),
    deletionOf: (runId) => deletions.get(runId),
    get deletions() {
      return [...deletions.values()];
    },
    async remove(runId) {
      removed.add(runId);
      await log.remove(runId);
    },
  };
}
