import type { RunSummary } from '@stagewire/shared';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventLog, ListPage, ListPosition, ListQuery } from './event-log.ts';
import { readStoredSummary, summaryRow } from './stored-summary.ts';

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

  /** A merge of one query for each owner, since only the runs of one are sorted in an index. */
  function prepared(columns: string, { owners, conditions }: Conditions, offset = ''): StatementSync {
    const parts = (owners === undefined ? [[]] : owners.map(() => ['owner = ?'])).map(
      (owner) => `SELECT ${columns} FROM runs WHERE ${[...owner, ...conditions].join(' AND ')}`,
    );
    const sql = `${parts.join(' UNION ALL ')} ORDER BY queued_at DESC, run_id DESC LIMIT ?${offset}`;
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
  function positionAfter(count: number, conditions: Conditions): ListPosition | undefined {
    const values = valuesOf(conditions);
    const rows = prepared('queued_at, run_id', conditions, ' OFFSET ?').all(...values, 2, count - 1);
    const row = rows.length < 2 ? undefined : rows[0];
    return row && { queuedAt: String(row['queued_at']), runId: String(row['run_id']) };
  }

  function list(query: ListQuery, maxScanned: number): ListPage {
    const indexed = groupsOf(query).map((owners) => indexedConditions({ ...query, owners }));
    const filters = filterConditions(query);
    const isFiltered = filters.conditions.length > 0;
    const ends = isFiltered
      ? indexed.flatMap((of) => positionAfter(maxScanned, all(of, notHidden)) ?? [])
      : [];
    // The latest: each group has been looked at down to there.
    const [end] = ends.toSorted(newestFirst);
    const found = indexed.flatMap((of) => {
      const conditions = all(of, end === undefined ? notHidden : notBefore(end), filters);
      return prepared(summaryColumns, conditions)
        .all(...valuesOf(conditions), query.limit)
        .map(summaryOf);
    });
    const runs = indexed.length > 1 ? found.toSorted(newestFirst).slice(0, query.limit) : found;
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
  /** Only runs of these owners. @default of all */
  readonly owners?: readonly string[] | undefined;
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
    owners: parts.find(({ owners }) => owners !== undefined)?.owners,
  };
}

/** Of the merged queries, in order. */
function valuesOf({ owners, values }: Conditions): readonly SQLInputValue[] {
  return owners === undefined ? values : owners.flatMap((owner) => [owner, ...values]);
}

/** Owners whose runs one statement merges from the index: SQLite permits 500. */
const maxMergedOwners = 128;

/**
 * The owners, each once, in groups of one statement each; `undefined` for all owners. Runs of others are never looked at,
 * so that the position of none of them is where a scan ends, which clients get.
 */
function groupsOf({ owners }: ListQuery): readonly (readonly string[] | undefined)[] {
  if (owners === undefined) return [undefined];
  const names = [...new Set(owners)];
  const count = Math.ceil(names.length / maxMergedOwners);
  return Array.from({ length: count }, (_, index) =>
    names.slice(index * maxMergedOwners, (index + 1) * maxMergedOwners),
  );
}

function newestFirst(one: ListPosition, other: ListPosition): number {
  if (one.queuedAt !== other.queuedAt) return one.queuedAt > other.queuedAt ? -1 : 1;
  return one.runId > other.runId ? -1 : 1;
}

const hasWord = '(instr(searched, ?) > 0 OR instr(lower(run_id), ?) = 1)';

/** Those that the indexes serve: they decide where a scan is. */
function indexedConditions(query: Omit<ListQuery, 'owners'> & Pick<Conditions, 'owners'>): Conditions {
  const { runId, before, owners } = query;
  const conditions: string[] = [];
  const values: SQLInputValue[] = [];
  if (runId !== undefined) {
    conditions.push('run_id = ?');
    values.push(runId);
  }
  if (before !== undefined) {
    conditions.push('(queued_at, run_id) < (?, ?)');
    values.push(before.queuedAt, before.runId);
  }
  return { conditions, values, ...(owners !== undefined && { owners }) };
}

/** Those for which every run must be looked at. */
function filterConditions(query: ListQuery): Conditions {
  const { status, labels = {}, search = [] } = query;
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
