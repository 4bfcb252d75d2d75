import type { DatabaseSync } from 'node:sqlite';
import type { Deletion, DeletionEntry, Tombstone } from './event-log.ts';

/** Removes runs from the database in small steps, so that no other operation has to wait. */
export interface Removal {
  /** Renames the run, so that no query finds it any more, and leaves a tombstone. In the caller's transaction. */
  hide(runId: string): void;
  /** As `hide`, with a tombstone in the global order. The data of the run will be overwritten. */
  hideDeleted(deletion: Omit<DeletionEntry, 'globalPosition'>): DeletionEntry;
  /** Deletes some events of a hidden run, and finally its row, in the caller's transaction. */
  purge(): PurgeStep;
  /** Never tries again to purge the run of the last `purge`, since a part of the file with its events is damaged. */
  skipDamaged(): void;
  tombstone(runId: string): Tombstone | undefined;
  isRemoved(runId: string): boolean;
  /** Deletions after a global position, in order. */
  deletions(options: { readonly after: number; readonly limit: number }): readonly DeletionEntry[];
}

export interface PurgeStep {
  /** Approximate number of pages that the step writes; 0 if nothing is hidden. */
  readonly pages: number;
  /** The last step of a deleted run: older copies of its pages may be left in the write-ahead log. */
  readonly leavesCopies: boolean;
}

/** Events deleted in one transaction. */
const eventsPerPurge = 128;
/** Size of these events after which no further one is deleted: large context files are overwritten page by page. */
const bytesPerPurge = 512 * 1024;
const pageBytes = 4096;

/** The owner of tombstones without one: retention did not keep it while servers had one user, the owner of all runs. */
export const ownerBefore = 'local';

/** The names of hidden runs begin with this; a slash is not part of a run id. */
const hiddenPrefix = 'removed/';

/** SQL condition of an event whose run is not hidden: in the order of commits, events are found without their run. */
export const notHidden = `run NOT IN (SELECT number FROM runs WHERE queued_at = '')`;

/**
 * A run of 100,000 events takes 160 ms to delete on a fast disk, which would block the event loop; in steps of 128
 * events none took longer than 6 ms, and half of them 0.15 ms. So its row first loses its id and its place in every
 * list, in one short transaction. The row itself stays until the last event is deleted, because SQLite would assign
 * its number, and with it the events, to the next run.
 *
 * The data is overwritten with zeros (`secure_delete`, see open-database.ts).
 */
export function createRemoval(database: DatabaseSync): Removal {
  const prepare = (sql: string) => database.prepare(sql);
  const putTombstone = prepare(
    'INSERT INTO removed_runs (run_id, owner) SELECT run_id, owner FROM runs WHERE run_id = ?',
  );
  const putDeletion = prepare(
    'INSERT INTO removed_runs (run_id, owner, actor, deleted_at, seq, place) VALUES (?, ?, ?, ?, ?, ?)',
  );
  // Like an event that was added and deleted: AUTOINCREMENT never assigns this place again.
  const takePlace = prepare(
    `UPDATE sqlite_sequence SET seq = seq + 1 WHERE name = 'events' RETURNING seq AS place`,
  );
  // An empty instant sorts first, so the index of the lists finds hidden runs.
  const hideRun = prepare(`
    UPDATE runs SET run_id = '${hiddenPrefix}' || number, status = ?, owner = '', queued_at = '', summary = '{}', searched = '',
      problem = NULL
    WHERE run_id = ?`);
  const findHidden = prepare(
    `SELECT number, status FROM runs WHERE queued_at = '' AND number NOT IN (SELECT value FROM json_each(?)) LIMIT 1`,
  );
  const sizes = prepare(
    `SELECT octet_length(event) AS bytes FROM events WHERE run = ? ORDER BY seq LIMIT ${eventsPerPurge}`,
  );
  const deleteSome = prepare(
    'DELETE FROM events WHERE place IN (SELECT place FROM events WHERE run = ? ORDER BY seq LIMIT ?)',
  );
  const deleteRun = prepare('DELETE FROM runs WHERE number = ?');
  const findTombstone = prepare('SELECT owner, actor, deleted_at FROM removed_runs WHERE run_id = ?');
  const deletionsAfter = prepare(
    'SELECT run_id, owner, actor, deleted_at, seq, place FROM removed_runs WHERE place > ? ORDER BY place LIMIT ?',
  );

  /** Runs that cannot be purged. They stay hidden. */
  const damaged = new Set<number>();
  /** The run of the last step. */
  let current: number | undefined;

  return {
    hide(runId) {
      putTombstone.run(runId);
      hideRun.run('removed', runId);
    },
    hideDeleted({ owner, event }) {
      const globalPosition = Number(takePlace.get()?.['place']);
      const { runId, actor, at, seq } = event;
      putDeletion.run(runId, owner, JSON.stringify(actor), at, seq, globalPosition);
      hideRun.run('deleted', runId);
      return { owner, event, globalPosition };
    },
    purge() {
      current = undefined;
      const hidden = findHidden.get(JSON.stringify([...damaged]));
      if (hidden === undefined) return { pages: 0, leavesCopies: false };
      const number = Number(hidden['number']);
      current = number;
      const isDeleted = hidden['status'] === 'deleted';
      const { count, bytes, isLast } = portion(number);
      deleteSome.run(number, count);
      if (isLast) deleteRun.run(number);
      return { pages: 1 + count + bytes / pageBytes, leavesCopies: isDeleted && isLast };
    },
    skipDamaged() {
      if (current !== undefined) damaged.add(current);
    },
    tombstone(runId) {
      const row = findTombstone.get(runId);
      if (row === undefined) return undefined;
      const owner = String(row['owner'] ?? ownerBefore);
      return row['deleted_at'] === null ? { owner } : { owner, deletion: deletionOf(row) };
    },
    isRemoved: (runId) => findTombstone.get(runId) !== undefined,
    deletions: ({ after, limit }) => deletionsAfter.all(after, limit).map(entryOf),
  };

  /** The events that the next step deletes. */
  function portion(number: number) {
    const found = sizes.all(number).map((row) => Number(row['bytes']));
    let bytes = 0;
    const end = found.findIndex((size, index) => (bytes += size) > bytesPerPurge && index > 0);
    return end === -1
      ? { count: found.length, bytes, isLast: found.length < eventsPerPurge }
      : { count: end, bytes: bytesPerPurge, isLast: false };
  }
}

function deletionOf(row: Record<string, unknown>): Deletion {
  return {
    owner: String(row['owner']),
    actor: JSON.parse(String(row['actor'])) as Deletion['actor'],
    at: String(row['deleted_at']),
  };
}

function entryOf(row: Record<string, unknown>): DeletionEntry {
  const { owner, actor, at } = deletionOf(row);
  const event = {
    type: 'run.deleted',
    runId: String(row['run_id']),
    seq: Number(row['seq']),
    at,
    actor,
  } as const;
  return { owner, event, globalPosition: Number(row['place']) };
}
