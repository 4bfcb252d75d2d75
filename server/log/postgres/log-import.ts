import { createHash } from 'node:crypto';
import { isDelta, isEnded, type RunSummary } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import type { Clock } from '../../runtime/clock.ts';
import type { AddedUsage } from '../day-usage.ts';
import type { LogEntry } from '../event-log.ts';
import type { StoredTombstone } from '../sqlite-tombstones.ts';
import { databaseError } from './database-error.ts';
import { openDatabase } from './database.ts';
import { storable } from './events-read.ts';
import { labelText } from './run-index.ts';
import { connect, type Connection, type Statement } from './session.ts';

/** Adds runs of another log to the database, whole or not at all, while nodes may use it. */
export interface LogImport extends AsyncDisposable {
  /** Which of these runs the database has, or had. @throws LogUnavailable */
  find(runIds: readonly string[]): Promise<ReadonlyMap<string, 'present' | 'removed'>>;
  /** Does the database have exactly these consecutive events of the run? @throws LogUnavailable */
  hasEvents(runId: string, entries: readonly LogEntry[]): Promise<boolean>;
  /**
   * Adds a run in one transaction, after all runs that the database has in the order of commits. It has no executor: a
   * node claims it if it is live.
   *
   * @param pages Its events, in order. @returns false if the database has the run already. @throws LogUnavailable
   */
  addRun(pages: AsyncIterable<readonly LogEntry[]>, summary: RunSummary): Promise<boolean>;
  /** Adds tombstones of runs that the database does not have; those that it has stay. @throws LogUnavailable */
  addTombstones(tombstones: readonly StoredTombstone[]): Promise<void>;
  /**
   * Adds the counters of a log to those of the database. What an earlier import of the same log has added is not added again.
   *
   * @param rows At most one per day, owner and currency. @throws LogUnavailable
   */
  addUsage(logId: string, rows: readonly AddedUsage[]): Promise<void>;
}

export interface LogImportOptions {
  readonly clock: Clock;
  /** A number in [0, 1). */
  readonly random: () => number;
  readonly url: string;
  readonly schema: string;
}

/** Limit of a statement, in milliseconds: the largest run is copied within the database by one. */
const statementTimeoutMs = 600_000;

/** The node that notifications name. It has no lease and executes nothing. */
const nodeId = 'import';

/**
 * Events are first staged in a table of the connection, so that the lock of the order of commits is held only while they
 * are copied within the database. Everything here is gone with the connection.
 */
const sessionSql = `
CREATE TEMP TABLE staged_events (seq integer, epoch integer, is_delta boolean, bytes bigint, event text);

CREATE FUNCTION pg_temp.publish_run(
  new_run text, new_status text, new_owner text, new_queued_at text, new_labels text[], new_summary text,
  new_searched text, new_bytes bigint, order_lock bigint, channel text, my_node text
) RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  new_number bigint;
  base bigint;
  added integer;
BEGIN
  INSERT INTO runs (run_id, status, owner, queued_at, labels, summary, searched, bytes)
  SELECT new_run, new_status, new_owner, new_queued_at, new_labels, new_summary, new_searched, new_bytes
  WHERE NOT EXISTS (SELECT FROM removed WHERE run_id = new_run)
  ON CONFLICT (run_id) DO NOTHING
  RETURNING number INTO new_number;
  IF new_number IS NULL THEN RETURN false; END IF;
  PERFORM pg_advisory_xact_lock(order_lock);
  base := last_place_1();
  INSERT INTO events (place, run, seq, epoch, is_delta, bytes, event)
  SELECT base + row_number() OVER (ORDER BY s.seq), new_number, s.seq, s.epoch, s.is_delta, s.bytes, s.event
  FROM staged_events AS s;
  GET DIAGNOSTICS added = ROW_COUNT;
  PERFORM pg_notify(channel, concat('p ', my_node, ' ', base + added));
  IF new_bytes IS NULL THEN PERFORM pg_notify(channel, 'q'); END IF;
  RETURN true;
END
$$;

CREATE FUNCTION pg_temp.add_tombstones(
  run_ids text[], owners text[], actors text[], instants text[], seqs integer[],
  order_lock bigint, channel text, my_node text
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  base bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(order_lock);
  base := last_place_1();
  -- Only deletions have a place in the order of commits.
  INSERT INTO removed (run_id, place, seq, owner, actor, deleted_at)
  SELECT v.run_id, CASE WHEN v.instant IS NULL THEN 0 ELSE base + v.n END, v.seq, v.owner, v.actor, v.instant
  FROM unnest(run_ids, owners, actors, instants, seqs) WITH ORDINALITY AS v (run_id, owner, actor, instant, seq, n)
  WHERE NOT EXISTS (SELECT FROM runs AS r WHERE r.run_id = v.run_id)
  ON CONFLICT (run_id) DO NOTHING;
  PERFORM pg_notify(channel, concat('p ', my_node, ' ', last_place_1()));
END
$$;

CREATE FUNCTION pg_temp.add_usage(
  new_log text, new_days text[], new_owners text[], new_currencies text[], new_tokens bigint[], new_costs numeric[],
  order_lock bigint
) RETURNS void LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  -- Appends change the rows of the counters under this lock, in any order.
  PERFORM pg_advisory_xact_lock(order_lock);
  -- Counters only grow: a smaller one is that of an older copy of the log.
  INSERT INTO usage_of_days AS d (day, owner, currency, tokens, cost)
  SELECT v.day, v.owner, v.currency, greatest(0, v.tokens - coalesce(b.tokens, 0)), greatest(0, v.cost - coalesce(b.cost, 0))
  FROM unnest(new_days, new_owners, new_currencies, new_tokens, new_costs) AS v (day, owner, currency, tokens, cost)
  LEFT JOIN imported_usage AS b
    ON b.log = new_log AND b.day = v.day AND b.owner = v.owner AND b.currency = v.currency
  ON CONFLICT (day, owner, currency)
  DO UPDATE SET tokens = d.tokens + excluded.tokens, cost = d.cost + excluded.cost;
  INSERT INTO imported_usage AS b (log, day, owner, currency, tokens, cost)
  SELECT new_log, v.* FROM unnest(new_days, new_owners, new_currencies, new_tokens, new_costs) AS v
  ON CONFLICT (log, day, owner, currency)
  DO UPDATE SET tokens = greatest(b.tokens, excluded.tokens), cost = greatest(b.cost, excluded.cost);
END
$$`;

/** @throws DatabaseUnusable with one sentence for the operator */
export async function openLogImport(options: LogImportOptions): Promise<LogImport> {
  const { clock, random, url, schema } = options;
  const database = await openDatabase({ clock, random, url, schema, nodeId: `${nodeId}-check` });
  const { channel } = database;
  const orderLock = database.lockKey('order');
  await database.close();
  let current: Promise<Connection> | undefined;

  async function prepared(): Promise<Connection> {
    const connection = { connectionString: url, application_name: 'stagewire import' };
    const opened = await connect({ clock, connection, timeoutMs: statementTimeoutMs }).catch(
      (error: unknown) => {
        throw databaseError(error, { isSent: false });
      },
    );
    try {
      const path = `"${schema.replaceAll('"', '""')}"`;
      await opened.query({
        text: `SELECT set_config('search_path', $1, false), set_config('statement_timeout', $2, false)`,
        values: [path, `${statementTimeoutMs}`],
      });
      await opened.query({ text: sessionSql });
      return opened;
    } catch (error) {
      opened.destroy();
      throw error;
    }
  }

  /** The connection that has the tables above; a new one when the last is lost. */
  function connected(): Promise<Connection> {
    if (current !== undefined) return current;
    const opening = prepared();
    const forget = () => {
      if (current === opening) current = undefined;
    };
    opening.then(({ lost }) => lost.then(forget), forget);
    current = opening;
    return opening;
  }

  const query = async (statement: Statement) => (await connected()).query(statement);

  return {
    async find(runIds) {
      const rows = await query({
        text: `SELECT run_id, 'present' AS status FROM runs WHERE run_id = ANY ($1)
          UNION ALL SELECT run_id, 'removed' FROM removed WHERE run_id = ANY ($1)`,
        values: [runIds],
      });
      return new Map(
        rows.map((row) => [String(row['run_id']), row['status'] === 'present' ? 'present' : 'removed']),
      );
    },
    async hasEvents(runId, entries) {
      const [first] = entries;
      if (first === undefined) return true;
      const hash = createHash('sha256');
      for (const { epoch, event } of entries) hash.update(`${epoch} ${JSON.stringify(event)}\n`);
      const [row] = await query({
        text: `SELECT encode(sha256(convert_to(string_agg(concat(e.epoch, ' ', e.event, E'\\n'), '' ORDER BY e.seq), 'UTF8')), 'hex')
            AS hash
          FROM events AS e JOIN runs AS r ON r.number = e.run WHERE r.run_id = $1 AND e.seq BETWEEN $2 AND $3`,
        values: [runId, first.event.seq, first.event.seq + entries.length - 1],
      });
      return row?.['hash'] === hash.digest('hex');
    },
    async addRun(pages, summary) {
      // One connection for all: with another one the staged events would be missing.
      const session = await connected();
      await session.query({ text: 'TRUNCATE staged_events' });
      let bytes = 0;
      for await (const page of pages) {
        const rows = page.map(({ epoch, event }) => {
          const json = JSON.stringify(event);
          bytes += Buffer.byteLength(json);
          return { seq: event.seq, epoch, isDelta: isDelta(event), bytes, json };
        });
        await session.query({
          text: `INSERT INTO staged_events SELECT * FROM unnest($1::integer[], $2::integer[], $3::boolean[], $4::bigint[], $5::text[])`,
          values: [
            rows.map((row) => row.seq),
            rows.map((row) => row.epoch),
            rows.map((row) => row.isDelta),
            rows.map((row) => row.bytes),
            rows.map((row) => row.json),
          ],
        });
      }
      const { runId, status, owner, queuedAt, labels } = summary;
      const values = [
        runId,
        status,
        owner,
        queuedAt,
        Object.entries(labels).map(labelText),
        JSON.stringify(summary),
        storable(searchedText(summary)),
        isEnded(summary) ? bytes : null,
        orderLock,
        channel,
        nodeId,
      ];
      const parameters = values.map((_, index) => `$${index + 1}`).join(', ');
      const [row] = await session.query({
        text: `SELECT pg_temp.publish_run(${parameters}) AS added`,
        values,
      });
      return row?.['added'] === true;
    },
    async addTombstones(tombstones) {
      await query({
        text: 'SELECT pg_temp.add_tombstones($1, $2, $3, $4, $5, $6, $7, $8)',
        values: [
          tombstones.map(({ runId }) => runId),
          tombstones.map(({ owner }) => owner),
          tombstones.map(({ deletion }) => deletion && JSON.stringify(deletion.actor)),
          tombstones.map(({ deletion }) => deletion?.at),
          tombstones.map(({ deletion }) => deletion?.seq),
          orderLock,
          channel,
          nodeId,
        ],
      });
    },
    async addUsage(logId, rows) {
      await query({
        text: 'SELECT pg_temp.add_usage($1, $2, $3, $4, $5, $6, $7)',
        values: [
          logId,
          rows.map(({ day }) => day),
          rows.map(({ owner }) => owner),
          rows.map(({ currency }) => currency),
          rows.map(({ tokens }) => tokens),
          rows.map(({ cost }) => cost),
          orderLock,
        ],
      });
    },
    async [Symbol.asyncDispose]() {
      const opened = await current?.catch(() => undefined);
      await opened?.end();
    },
  };
}
