import type { Actor } from '@stagewire/shared';
import type { AuditEntry } from '@stagewire/shared/audit';
import type { EventLog, GlobalEntry } from '../log/event-log.ts';
import { RunUnreadable } from '../log/event-log.ts';

/** An entry of the log that says who did something, and its position in the order that is scanned. */
export interface FoundEntry {
  readonly entry: Omit<AuditEntry, 'owner' | 'runId'> & {
    readonly runId: string;
    /** `undefined`: that of the run, which its event does not name. */
    readonly owner: string | undefined;
  };
  readonly atMs: number;
  readonly position: number;
}

/** A part of the log that was looked at. */
export interface ScannedLog {
  readonly found: readonly FoundEntry[];
  /** Continue after this position. */
  readonly end: number;
  /** There is nothing after it. */
  readonly isComplete: boolean;
  /** The latest instant in it. */
  readonly endMs: number;
  /** Number of events. */
  readonly scanned: number;
}

type ReadLog = Pick<EventLog, 'readAll' | 'read' | 'head' | 'lastGlobalPosition'>;

const page = { limit: 512, maxBytes: 1_000_000 };

/** What was done with runs in the next entries of all runs. @param after A global position. */
export async function scanAllRuns(log: ReadLog, after: number): Promise<ScannedLog> {
  const last = await log.lastGlobalPosition();
  const entries = await log.readAll({ after, ...page, deltas: false });
  const end = entries.at(-1)?.globalPosition ?? after;
  return {
    found: entries.flatMap((entry) => foundIn(entry, entry.globalPosition)),
    end,
    endMs: latestOf(entries),
    isComplete: entries.length === 0 || end >= last,
    scanned: entries.length,
  };
}

/** What was done with one run. @param after The seq of an event. */
export async function scanRun(log: ReadLog, runId: string, after: number): Promise<ScannedLog> {
  try {
    const entries = await log.read(runId, { after, ...page });
    if (entries.length > 0) {
      const found = entries.flatMap((entry) => foundIn(entry, entry.event.seq));
      const end = entries.at(-1)?.event.seq ?? after;
      return { found, end, endMs: latestOf(entries), isComplete: false, scanned: entries.length };
    }
  } catch (error) {
    if (!(error instanceof RunUnreadable)) throw error;
  }
  // Only its tombstone is left of a deleted run.
  const head = await log.head(runId);
  const deletion = head?.status === 'removed' ? head.deletion : undefined;
  const none = { found: [], end: after, endMs: 0, isComplete: true, scanned: 0 };
  if (deletion === undefined || after > 0) return none;
  const { owner, actor, at } = deletion;
  const entry = entryOf({ at, actor, procedure: 'runs.delete', runId }, owner);
  return { ...none, found: [{ entry, atMs: Date.parse(at), position: 1 }], end: 1, scanned: 1 };
}

function latestOf(entries: readonly GlobalEntry[]): number {
  return entries.reduce((latest, { event }) => Math.max(latest, Date.parse(event.at)), 0);
}

/**
 * A global position before everything of `sinceMs` or later, and not long before it. The order of commits is almost that
 * of the instants, so this takes some dozens of looks.
 */
export async function positionBefore(log: ReadLog, sinceMs: number): Promise<number> {
  const wantedMs = sinceMs - maxDisorderMs;
  let before = 0;
  let end = await log.lastGlobalPosition();
  while (end - before > 1) {
    const middle = Math.floor((before + end) / 2);
    const first = await firstOwnEvent(log, middle);
    if (first !== undefined && first.atMs < wantedMs) before = Math.max(middle, first.position);
    else end = middle;
  }
  return before;
}

/** Clocks of nodes differ, and one may have been set back. */
const maxDisorderMs = 10 * 60 * 1000;

/** The first event after a position that is not a copy of another run's, which has the instant of the original. */
async function firstOwnEvent(log: ReadLog, position: number) {
  let after = position;
  for (;;) {
    const entries = await log.readAll({ after, limit: 16, maxBytes: page.maxBytes, deltas: false });
    const own = entries.find(({ event }) => event.inheritedFrom === undefined);
    if (own !== undefined) return { position: own.globalPosition, atMs: Date.parse(own.event.at) };
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    after = last.globalPosition;
  }
}

function foundIn(found: GlobalEntry, position: number): FoundEntry[] {
  const { event } = found;
  if (event.inheritedFrom !== undefined) return [];
  const ownerOfDeleted = 'owner' in found ? found.owner : undefined;
  const entry = entryOfEvent(event, ownerOfDeleted);
  return entry === undefined ? [] : [{ entry, atMs: Date.parse(event.at), position }];
}

function entryOfEvent(
  event: GlobalEntry['event'],
  owner: string | undefined,
): FoundEntry['entry'] | undefined {
  switch (event.type) {
    case 'run.queued':
      return entryOf({ ...event, procedure: 'runs.start' }, event.owner);
    case 'command.accepted':
      return entryOf({ ...event, procedure: `runs.${event.command.kind}`, subject: event.commandId }, owner);
    case 'run.shared':
      return entryOf({ ...event, procedure: 'runs.share', subject: event.shareId }, owner);
    case 'run.unshared':
      return entryOf({ ...event, procedure: 'runs.unshare', subject: event.shareId }, owner);
    case 'run.deleted':
      return entryOf({ ...event, procedure: 'runs.delete' }, owner);
    default:
      return undefined;
  }
}

interface Done extends Pick<AuditEntry, 'at' | 'procedure' | 'subject'> {
  readonly actor: Pick<Actor, 'id' | 'name'>;
  readonly runId: string;
}

/** Without any text of the run. */
function entryOf(
  { at, actor, procedure, runId, subject }: Done,
  owner: string | undefined,
): FoundEntry['entry'] {
  const { id, name } = actor;
  return {
    at,
    kind: 'run',
    actor: { id, ...(name !== undefined && { name }) },
    owner,
    procedure,
    runId,
    ...(subject !== undefined && { subject }),
    times: 1,
  };
}
