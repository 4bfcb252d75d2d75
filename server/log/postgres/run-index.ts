import type { RunSummary } from '@stagewire/shared';
import { sumOfUsage } from '../day-usage.ts';
import type { EventLog, ListPage, ListPosition, ListQuery } from '../event-log.ts';
import { readStoredSummary, summaryRow } from '../stored-summary.ts';
import { storable, summaryColumns } from './events-read.ts';
import type { Queries, Row } from './session.ts';

/** Queries of the index of runs. */
export type RunIndex = Pick<
  EventLog,
  'list' | 'listPage' | 'liveRuns' | 'endedRuns' | 'usageOfDay' | 'usedBytes' | 'ownerOf'
>;

/** Runs that `listPage` looks at if a filter has no index. */
const runsPerPage = 100_000;

/** The lists of up to this number of owners are merged; with more, all runs are filtered. */
const maxMergedOwners = 32;

const inOrder = 'ORDER BY queued_at DESC, run_id DESC';

export function createRunIndex(queries: Queries): RunIndex {
  /** Rows of `limit` runs after the first `offset`. Only the runs of one owner are sorted in an index. */
  async function select(
    columns: string,
    query: ListQuery,
    page: { readonly limit: number; readonly offset?: number; readonly notBefore?: ListPosition | undefined },
  ): Promise<readonly Row[]> {
    const { limit, offset = 0 } = page;
    const owners = query.owners && [...new Set(query.owners)].map(storable);
    if (owners?.length === 0) return [];
    const isMerged = owners !== undefined && owners.length <= maxMergedOwners;
    const filters = conditionsOf(query, page.notBefore);
    const perOwner = isMerged ? owners.map((owner) => ({ sql: 'r.owner = ?', values: [owner] })) : [];
    const ofMany =
      owners === undefined || isMerged ? undefined : { sql: 'r.owner = ANY (?)', values: [owners] };
    const rest = ofMany === undefined ? filters : [ofMany, ...filters];
    const values: unknown[] = [];
    const parts = (isMerged ? perOwner.map((owner) => [owner, ...rest]) : [rest]).map((conditions) => {
      const where = conditions.map(({ sql, values: given }) => {
        let index = values.length;
        values.push(...given);
        return sql.replaceAll('?', () => `$${(index += 1)}`);
      });
      const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
      return `(SELECT ${columns} FROM runs AS r ${condition} ${inOrder} LIMIT ${limit + offset})`;
    });
    return queries.query({
      text: `SELECT * FROM (${parts.join(' UNION ALL ')}) AS merged ${inOrder} LIMIT ${limit} OFFSET ${offset}`,
      values,
    });
  }

  /** The last of the next `count` runs of a list; `undefined` if no further run follows. */
  async function positionAfter(count: number, query: ListQuery): Promise<ListPosition | undefined> {
    const { status: _status, labels: _labels, search: _search, ...indexed } = query;
    const rows = await select('r.queued_at, r.run_id', indexed, { limit: 2, offset: count - 1 });
    const row = rows.length < 2 ? undefined : rows[0];
    return row && { queuedAt: String(row['queued_at']), runId: String(row['run_id']) };
  }

  async function list(query: ListQuery, notBefore?: ListPosition): Promise<RunSummary[]> {
    const rows = await select(summaryColumns, query, { limit: query.limit, notBefore });
    return rows.map(readSummary);
  }

  return {
    list: (query) => list(query),
    async listPage(query): Promise<ListPage> {
      const { status, labels, search, owners = [] } = query;
      const isFiltered = status !== undefined || labels !== undefined || search !== undefined;
      const isScan = isFiltered || owners.length > maxMergedOwners;
      const end = isScan ? await positionAfter(runsPerPage, query) : undefined;
      const runs = await list(query, end);
      return end === undefined || runs.length >= query.limit ? { runs } : { runs, next: end };
    },
    async liveRuns() {
      const rows = await queries.query({
        text: `SELECT run_id FROM runs WHERE status IN ('queued', 'running') ORDER BY queued_at, run_id`,
      });
      return rows.map((row) => String(row['run_id']));
    },
    async endedRuns({ limit, after = { queuedAt: '', runId: '' } }) {
      const rows = await queries.query({
        text: `SELECT ${summaryColumns} FROM runs AS r
          WHERE status IN ('completed', 'failed', 'cancelled') AND (queued_at, run_id) > ($1, $2)
          ORDER BY queued_at, run_id LIMIT $3`,
        values: [after.queuedAt, after.runId, limit],
      });
      return rows.map(readSummary);
    },
    async ownerOf(runId) {
      // Both in any case, so that the time does not depend on what there is.
      const [row] = await queries.query({
        name: 'owner-of',
        text: `SELECT (SELECT owner FROM runs WHERE run_id = $1) AS present,
          (SELECT owner FROM removed WHERE run_id = $1) AS removed`,
        values: [storable(runId)],
      });
      const owner = row?.['present'] ?? row?.['removed'];
      return typeof owner === 'string' ? owner : undefined;
    },
    async usageOfDay(day, owner) {
      const rows = await queries.query({
        name: owner === undefined ? 'usage-of-day' : 'usage-of-owner',
        text: `SELECT currency, sum(tokens) AS tokens, trim_scale(sum(cost))::text AS cost FROM usage_of_days
          WHERE day = $1 ${owner === undefined ? '' : 'AND owner = $2'} GROUP BY currency`,
        values: owner === undefined ? [day] : [day, storable(owner)],
      });
      return sumOfUsage(
        rows.map((row) => ({
          currency: String(row['currency']),
          tokens: Number(row['tokens']),
          cost: String(row['cost']),
        })),
      );
    },
    async usedBytes() {
      // The size of the tables does not shrink when runs are removed.
      const [row] = await queries.query({
        text: `SELECT (SELECT coalesce(sum(bytes), 0) FROM runs)::bigint + (
            SELECT coalesce(sum(tail.bytes), 0) FROM runs AS r
            JOIN LATERAL (SELECT bytes FROM events AS e WHERE e.run = r.number ORDER BY seq DESC LIMIT 1) AS tail ON true
            WHERE r.status IN ('queued', 'running')
          )::bigint AS bytes`,
      });
      return Number(row?.['bytes'] ?? 0);
    },
  };
}

interface Condition {
  /** With a `?` for each value. */
  readonly sql: string;
  readonly values: readonly unknown[];
}

function conditionsOf(query: ListQuery, notBefore: ListPosition | undefined): readonly Condition[] {
  const { runId, before, status, labels = {}, search = [] } = query;
  const wanted = Object.entries(labels).map(labelText);
  return [
    ...(runId === undefined ? [] : [{ sql: 'r.run_id = ?', values: [storable(runId)] }]),
    ...(before === undefined
      ? []
      : [{ sql: '(r.queued_at, r.run_id) < (?, ?)', values: [before.queuedAt, before.runId] }]),
    ...(notBefore === undefined
      ? []
      : [{ sql: '(r.queued_at, r.run_id) >= (?, ?)', values: [notBefore.queuedAt, notBefore.runId] }]),
    ...(status === undefined ? [] : [{ sql: 'r.status = ANY (?)', values: [status] }]),
    ...(wanted.length === 0 ? [] : [{ sql: 'r.labels @> ?', values: [wanted] }]),
    ...search.map((word) => ({
      sql: '(strpos(r.searched, ?) > 0 OR starts_with(lower(r.run_id), ?))',
      values: [storable(word), storable(word)],
    })),
  ];
}

/** A label as the column has it: JSON escapes what text cannot hold. */
export function labelText([name, value]: readonly [string, string]): string {
  return JSON.stringify([name, value]);
}

function readSummary(row: Row): RunSummary {
  return readStoredSummary(summaryRow(row));
}
