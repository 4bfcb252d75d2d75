import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { findPostgres, startPostgresEngine, type PostgresEngine } from './postgres-engine.ts';

/** The database of a file's tests. */
export interface PostgresDatabase {
  readonly url: string;
  /** A schema that the tests of the file use one after the other: its tables are emptied, which is fast. */
  emptySchema(): Promise<string>;
  /** A schema name that no other test has. */
  nextSchema(): string;
  /** The engine; absent where `STAGEWIRE_TEST_DATABASE_URL` names a database. */
  readonly engine: PostgresEngine | undefined;
}

const given = process.env['STAGEWIRE_TEST_DATABASE_URL'];
const isGiven = given !== undefined && given !== '';
const isMissing = !isGiven && findPostgres() === undefined;

/**
 * Tests that need PostgreSQL: one engine per file. Without a binary for this platform they are skipped, which is
 * reported; with `CI=true` they fail instead.
 *
 * @param options.ownEngine For tests that stop the engine: skipped with `STAGEWIRE_TEST_DATABASE_URL`.
 */
export function describePostgres(
  tests: (database: PostgresDatabase) => void,
  options: { readonly ownEngine?: boolean } = {},
): void {
  const isSkipped = (isMissing && process.env['CI'] !== 'true') || (options.ownEngine === true && isGiven);
  if (isSkipped)
    process.stderr.write(
      `Skipped, since there is no PostgreSQL to start here: ${expect.getState().testPath ?? ''}\n`,
    );
  describe.skipIf(isSkipped)('in PostgreSQL', () => {
    let engine: PostgresEngine | undefined;
    let count = 0;
    let emptied: string | undefined;
    const url = () => engine?.url ?? given ?? '';
    const nextSchema = () => `test_${process.pid}_${randomUUID().slice(0, 8)}_${(count += 1)}`;
    beforeAll(async () => {
      if (!isGiven) engine = await startPostgresEngine();
    });
    afterAll(() => engine?.[Symbol.asyncDispose]());
    tests({
      get url() {
        return url();
      },
      get engine() {
        return engine;
      },
      nextSchema,
      async emptySchema() {
        if (emptied === undefined) return (emptied = nextSchema());
        const client = new pg.Client(url());
        await client.connect();
        const tables = [
          'runs',
          'events',
          'removed',
          'purges',
          'nodes',
          'commands',
          'usage_of_days',
          'imported_usage',
          'start_rates',
          'exports',
        ];
        const access = ['access_keys', 'sessions', 'tickets', 'secrets', 'audit'];
        await client.query(
          [...tables, ...access].map((table) => `DELETE FROM ${emptied}.${table}`).join(';'),
        );
        await client.end();
        return emptied;
      },
    });
  });
}
