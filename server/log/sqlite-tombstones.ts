import { DatabaseSync } from 'node:sqlite';
import type { Deletion } from './event-log.ts';
import { ownerBefore } from './sqlite-removal.ts';

/** What is left of a removed run, with its id. */
export interface StoredTombstone {
  readonly runId: string;
  readonly owner: string;
  /** `undefined` if retention has removed it. */
  readonly deletion?: Pick<Deletion, 'actor' | 'at'> & { readonly seq: number };
}

/**
 * The tombstones of a log on disk, in the order of their deletions; those of retention come first. Reads one at a time.
 *
 * @param path Of the database, which a log may have open.
 */
export function* readTombstones(path: string): Generator<StoredTombstone> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database.prepare(
      'SELECT run_id, owner, actor, deleted_at, seq FROM removed_runs ORDER BY coalesce(place, 0), run_id',
    );
    for (const row of rows.iterate()) {
      const runId = String(row['run_id']);
      const owner = String(row['owner'] ?? ownerBefore);
      if (row['deleted_at'] === null) {
        yield { runId, owner };
        continue;
      }
      const actor = JSON.parse(String(row['actor'])) as Deletion['actor'];
      yield {
        runId,
        owner,
        deletion: { actor, at: String(row['deleted_at']), seq: Number(row['seq']) },
      };
    }
  } finally {
    database.close();
  }
}
