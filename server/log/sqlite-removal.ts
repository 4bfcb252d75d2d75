import type { DatabaseSync } from 'node:sqlite';

/** Removes runs from the database in small steps, so that no other operation has to wait. */
export interface Removal {
  /** Renames the run, so that no query finds it any more, and leaves a tombstone. */
  hide(runId: string): void;
  /** Deletes some events of a hidden run, and finally its row. Returns how many; 0 if nothing is hidden. */
  purge(): number;
}

/** Events deleted in one transaction. */
const eventsPerPurge = 128;

/**
 * A run of 100,000 events takes 160 ms to delete on a fast disk, which would block the event loop; in steps of 128
 * events none took longer than 6 ms, and half of them 0.15 ms. So its row first loses its id and its place in every
 * list, in one short transaction. The row itself stays until the last event is deleted, because SQLite would assign
 * its number, and with it the events, to the next run.
 */
export function createRemoval(database: DatabaseSync): Removal {
  const prepare = (sql: string) => database.prepare(sql);
  const putTombstone = prepare('INSERT INTO removed_runs (run_id) VALUES (?)');
  // An empty instant sorts first, so the index of the lists finds hidden runs.
  const hideRun = prepare(`
    UPDATE runs SET run_id = 'removed/' || number, status = 'removed', owner = '', queued_at = '', summary = '{}'
    WHERE run_id = ?`);
  const findHidden = prepare(`SELECT number FROM runs WHERE queued_at = '' LIMIT 1`);
  const deleteSome = prepare(
    `DELETE FROM events WHERE place IN (SELECT place FROM events WHERE run = ? LIMIT ${eventsPerPurge})`,
  );
  const deleteRun = prepare('DELETE FROM runs WHERE number = ?');

  return {
    hide(runId) {
      putTombstone.run(runId);
      hideRun.run(runId);
    },
    purge() {
      const number = findHidden.get()?.['number'];
      if (number === undefined) return 0;
      const deleted = Number(deleteSome.run(number).changes);
      if (deleted < eventsPerPurge) deleteRun.run(number);
      return deleted + 1;
    },
  };
}
