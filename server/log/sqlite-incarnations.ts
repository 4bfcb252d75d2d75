import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../runtime/clock.ts';
import {
  createIncarnations,
  maxIncarnations,
  nextIncarnation,
  type Incarnation,
  type Incarnations,
} from './incarnations.ts';

/** The incarnations of a log in SQLite. */
export interface SqliteIncarnations {
  readonly incarnations: Incarnations;
  /** Within the transaction that assigns a global position: the first one of this process begins an incarnation. */
  beginOnce(): void;
  /** That transaction was committed. */
  committed(): void;
}

/**
 * The latest events may be lost only while no process has the log open: by a power failure, or if the file is replaced by
 * a backup. So each process begins an incarnation, with its first event: before that the log has nothing that the
 * incarnation before has not.
 */
export function createSqliteIncarnations(
  database: DatabaseSync,
  { clock }: { readonly clock: Clock },
): SqliteIncarnations {
  const rows = database.prepare('SELECT incarnation, forked_after FROM incarnations ORDER BY incarnation');
  const lastPlace = database.prepare(`SELECT seq AS place FROM sqlite_sequence WHERE name = 'events'`);
  const insert = database.prepare('INSERT INTO incarnations (incarnation, forked_after) VALUES (?, ?)');
  /** Those without events, and the oldest if there are too many. */
  const prune = database.prepare(`DELETE FROM incarnations WHERE forked_after >= ? OR incarnation <= (
    SELECT incarnation FROM incarnations ORDER BY incarnation DESC LIMIT 1 OFFSET ${maxIncarnations})`);
  const incarnations = createIncarnations(read());
  let state: 'old' | 'inserted' | 'begun' = 'old';

  function read(): readonly Incarnation[] {
    return rows.all().map((row) => ({
      incarnation: Number(row['incarnation']),
      forkedAfter: Number(row['forked_after']),
    }));
  }

  return {
    incarnations,
    beginOnce() {
      if (state === 'begun') return;
      // Again after a rollback. As the table is now: another writer may have begun one since it was read.
      const number = nextIncarnation(read().at(-1)?.incarnation ?? 0, clock.now());
      const last = Number(lastPlace.get()?.['place'] ?? 0);
      prune.run(last);
      insert.run(number, last);
      state = 'inserted';
    },
    committed() {
      if (state !== 'inserted') return;
      state = 'begun';
      incarnations.set(read());
    },
  };
}
