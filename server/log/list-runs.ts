import type { RunSummary } from '@stagewire/shared';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventLog, ListPage, ListPosition, ListQuery } from './event-log.ts';
import { readStoredSummary, type StoredSummary } from './stored-summary.ts';

/** Matches runs that have all of the labels: there is no simpler SQL over JSON. */
const hasLabels = `CASE WHEN json_valid(summary) THEN NOT EXISTS (
  SELECT 1 FROM json_each(?) AS wanted
  WHERE wanted.value IS NOT (
    SELECT had.value FROM json_each(summary, '$.labels') AS had WHERE had.key = wanted.key
  )
) ELSE 0 END`;

/** The columns for `summaryRow`, with aliases for a join with the events, which has some names too. */
export const summaryColumns =
  'runs.run_id AS run_id, status, owner, queued_at, summary, runs.checksum AS summary_checksum, problem';

/** Queries of the run index. */
export interface RunLister {
  /** Looks at up to `maxScanned` runs, if the query has a filter that no index serves. */
  list(query: ListQuery, maxScanned: number): ListPage;
  ended(options: Parameters<EventLog['endedRuns']>[0]): readonly RunSummary[];
}

/** Prepares one statement for each combination of filters, when it is first needed. */
export function createRunLister(database: DatabaseSync): RunLister {
  const statements = new Map<string, StatementSync>();

  function prepared(columns: string, conditions: readonly string[], offset = ''): StatementSync {
    const sql = `SELECT ${columns} FROM runs WHERE ${conditions.join(' AND ')} ORDER BY queued_at DESC, run_id DESC LIMIT ?${offset}`;
    const known = statements.get(sql);
    if (known !== undefined) return known;
    const statement = database.prepare(sql);
    statements.set(sql, statement);
    return statement;
  }

  const oldestEnded = database.prepare(`
    SELECT ${summaryColumns} FROM runs
    WHERE status IN ('completed', 'failed', 'cancelled') AND (queued_at, run_id) > (?, ?)
    ORDER BY queued_at, run_id LIMIT ?`);

  /** The last of the next `count` runs of a list; `undefined` if no further run follows. */
  function positionAfter(count: number, { conditions, values }: Conditions): ListPosition | undefined {
    const rows = prepared('queued_at, run_id', conditions, ' OFFSET ?').all(...values, 2, count - 1);
    const row = rows.length < 2 ? undefined : rows[0];
    return row && { queuedAt: String(row['queued_at']), runId: String(row['run_id']) };
  }

  function list(query: ListQuery, maxScanned: number): ListPage {
    const indexed = indexedConditions(query);
    const filters = filterConditions(query);
    const isFiltered = filters.conditions.length > 0;
    const end = isFiltered ? positionAfter(maxScanned, all(indexed, notHidden)) : undefined;
    const { conditions, values } = all(indexed, end === undefined ? notHidden : notBefore(end), filters);
    const runs = prepared(summaryColumns, conditions)
      .all(...values, query.limit)
      .map(summaryOf);
    return end === undefined || runs.length >= query.limit ? { runs } : { runs, next: end };
  }

  return {
    list,
    ended: ({ limit, after = { queuedAt: '', runId: '' } }) =>
      oldestEnded.all(after.queuedAt, after.runId, limit).map(summaryOf),
  };
}

/** Conditions of SQL, and their parameters. */
interface Conditions {
  readonly conditions: readonly string[];
  readonly values: readonly SQLInputValue[];
}

/** Runs that are being removed have an empty `queued_at`. */
const notHidden: Conditions = { conditions: ["queued_at > ''"], values: [] };

/** The first condition bounds the scan: SQLite uses only one such bound of an index, and not the second one. */
function notBefore({ queuedAt, runId }: ListPosition): Conditions {
  return {
    conditions: ['queued_at >= ?', '(queued_at, run_id) >= (?, ?)'],
    values: [queuedAt, queuedAt, runId],
  };
}

function all(...parts: readonly Conditions[]): Conditions {
  return {
    conditions: parts.flatMap(({ conditions }) => conditions),
    values: parts.flatMap(({ values }) => values),
  };
}

const hasWord = '(instr(searched, ?) > 0 OR instr(lower(run_id), ?) = 1)';

/** Those that the indexes serve: they decide where a scan is. */
function indexedConditions({ runId, owner, before }: ListQuery): Conditions {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (runId !== undefined) {
    conditions.push('run_id = ?');
    values.push(runId);
  }
  if (owner !== undefined) {
    conditions.push('owner = ?');
    values.push(owner);
  }
  if (before !== undefined) {
    conditions.push('(queued_at, run_id) < (?, ?)');
    values.push(before.queuedAt, before.runId);
  }
  return { conditions, values };
}

/** Those for which every run must be looked at. */
function filterConditions({ status, labels = {}, search = [] }: ListQuery): Conditions {
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (status !== undefined) {
    conditions.push('status IN (SELECT value FROM json_each(?))');
    values.push(JSON.stringify(status));
  }
  for (const word of search) {
    conditions.push(hasWord);
    values.push(word, word);
  }
  if (Object.keys(labels).length > 0) {
    conditions.push(hasLabels);
    values.push(JSON.stringify(labels));
  }
  return { conditions, values };
}

function summaryOf(row: Record<string, unknown>): RunSummary {
  return readStoredSummary(summaryRow(row));
}

export function summaryRow(row: Record<string, unknown>): StoredSummary {
  const { problem, summary_checksum: checksum } = row;
  return {
    runId: String(row['run_id']),
    status: String(row['status']),
    owner: String(row['owner']),
    queuedAt: String(row['queued_at']),
    summary: String(row['summary']),
    checksum: typeof checksum === 'number' ? checksum : null,
    problem: typeof problem === 'string' ? problem : null,
  };
}
