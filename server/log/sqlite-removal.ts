import type { DatabaseSync } from 'node:sqlite';

/** Takes runs out of the database so that nobody has to wait for it. */
export interface Removal {
  /** Takes the run's name away, so that nothing finds it any more, and leaves a tombstone. */
  hide(runId: string): void;
  /** Deletes some events of a run that was hidden, and at last its row. Returns how many; 0 if nothing is hidden. */
  purge(): number;
}

/** Events deleted in one transaction. */
const eventsPerPurge = 128;

/**
 * A run of 100,000 events takes 160 ms to delete on a fast disk, and the event loop would stand still for it; in steps
 * of 128 events none took longer than 6 ms, half of them 0.15 ms. So its row gives up
 * its id and its place in every list first, in one short transaction; the row itself stays until the last event is
 * gone, because SQLite would give its number to the next run and the events with it.
 */
export function createRemoval(database: DatabaseSync): Removal {
  const prepare = (sql: string) => database.prepare(sql);
  const putTombstone = prepare('INSERT INTO removed_runs (run_id) VALUES (?)');
  // An empty instant sorts before every other, so the index of the lists finds what is hidden.
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
