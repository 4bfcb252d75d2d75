import { performance } from 'node:perf_hooks';
import pg from 'pg';

const columns = 'place, run, seq, epoch, is_delta, bytes, event';
const types = ['bigint', 'bigint', 'integer', 'integer', 'boolean', 'bigint', 'text'];

/**
 * The engine's own speed: inserts the rows of a log into a table with the same indexes, by one connection, as many to the
 * statement as the log had, without any check, order or notification.
 *
 * @param sizes Rows per statement.
 * @returns how long the statements took, in milliseconds.
 */
export async function insertRaw(
  { url, schema }: { readonly url: string; readonly schema: string },
  sizes: readonly number[],
): Promise<number> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(`CREATE TABLE ${schema}.raw (LIKE ${schema}.events INCLUDING ALL)`);
    const total = sizes.reduce((sum, size) => sum + size, 0);
    const { rows } = await client.query<unknown[]>({
      text: `SELECT ${columns} FROM ${schema}.events WHERE is_delta ORDER BY place LIMIT ${total}`,
      rowMode: 'array',
    });
    const parameters = types.map((type, index) => `$${index + 1}::${type}[]`).join(', ');
    const text = `INSERT INTO ${schema}.raw (${columns}) SELECT * FROM unnest(${parameters})`;
    let at = 0;
    const startedMs = performance.now();
    for (const size of sizes) {
      const page = rows.slice(at, (at += size));
      const values = types.map((_, column) => page.map((row) => row[column]));
      await client.query({ name: 'raw', text, values });
    }
    return performance.now() - startedMs;
  } finally {
    await client.query(`DROP TABLE IF EXISTS ${schema}.raw`);
    await client.end();
  }
}
