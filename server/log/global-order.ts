import type { DatabaseSync } from 'node:sqlite';
import { RunUnreadable, type DeletionEntry, type GlobalEntry, type LogEntry } from './event-log.ts';
import { createEventRows, type EventRow } from './event-rows.ts';
import type { LogStorage } from './log-storage.ts';
import { notHidden, type Removal } from './sqlite-removal.ts';

export interface GlobalOrderOptions {
  readonly removal: Pick<Removal, 'deletions'>;
  /** @throws RunUnreadable if the row is damaged. */
  entryOf(runId: string, row: EventRow): LogEntry;
}

/** Reads the events and deletions of all runs in the order of their commits. */
export function createGlobalOrder(
  database: DatabaseSync,
  { removal, entryOf }: GlobalOrderOptions,
): LogStorage['readAll'] {
  const nameOfRun = database.prepare('SELECT run_id FROM runs WHERE number = ?');
  const rowsOfAll = createEventRows(database, { where: `place > ? AND ${notHidden} ORDER BY place` });
  const rowsWithoutDeltas = createEventRows(database, {
    where: `is_delta = 0 AND place > ? AND ${notHidden} ORDER BY place`,
  });

  return function readAll({ after, limit, maxBytes = Infinity, deltas, onDamaged }) {
    const names = new Map<number, string>();
    const entries: LogEntry[] = [];
    const deletions = removal.deletions({ after, limit });
    let bytes = 0;
    let rows = 0;
    let lastPlaceRead = after;
    for (const row of (deltas ? rowsOfAll : rowsWithoutDeltas)([after], { limit, maxBytes })) {
      bytes += row.event.length;
      if (bytes > maxBytes && entries.length > 0) break;
      rows += 1;
      lastPlaceRead = row.place;
      const runId = names.get(row.run) ?? String(nameOfRun.get(row.run)?.['run_id'] ?? '');
      names.set(row.run, runId);
      try {
        entries.push(entryOf(runId, row));
      } catch (error) {
        if (!(error instanceof RunUnreadable)) throw error;
        onDamaged(error);
      }
    }
    const isEnd = rows < limit && bytes <= maxBytes;
    const page = inOrder(entries, deletions, isEnd ? Infinity : lastPlaceRead).slice(0, limit);
    // An empty page would mean that nothing follows.
    if (page.length > 0 || isEnd) return page;
    return readAll({ after: lastPlaceRead, limit, maxBytes, deltas, onDamaged });
  };
}

/** Events, and the deletions up to a global position, in order. */
function inOrder(
  entries: readonly LogEntry[],
  deletions: readonly DeletionEntry[],
  upTo: number,
): readonly GlobalEntry[] {
  const added = deletions.filter(({ globalPosition }) => globalPosition <= upTo);
  if (added.length === 0) return entries;
  return [...entries, ...added].toSorted((one, other) => one.globalPosition - other.globalPosition);
}
