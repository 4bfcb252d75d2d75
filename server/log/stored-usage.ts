import { DatabaseSync } from 'node:sqlite';
import type { AddedUsage } from './day-usage.ts';

/** The counters of the days of a log on disk. */
export interface StoredUsage {
  /** Identifies the log, in copies of it too. */
  readonly logId: string;
  /** One row per day, owner and currency. */
  readonly rows: readonly AddedUsage[];
}

/**
 * Reads the counters of a log on disk. Its first incarnation identifies it: that is the instant of its first event, or of its first one
 * since an upgrade from a version without incarnations, which had no counters either.
 *
 * @param path Of the database, which a log may have open.
 */
export function readStoredUsage(path: string): StoredUsage {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const first = database
      .prepare('SELECT min(incarnation) AS incarnation FROM incarnations WHERE incarnation > 0')
      .get();
    const rows = database.prepare('SELECT day, owner, currency, tokens, cost FROM usage_of_days').all();
    return {
      logId: String(first?.['incarnation'] ?? 0),
      rows: rows.map((row) => ({
        day: String(row['day']),
        owner: String(row['owner']),
        currency: String(row['currency']),
        tokens: Number(row['tokens']),
        cost: String(row['cost']),
      })),
    };
  } finally {
    database.close();
  }
}
