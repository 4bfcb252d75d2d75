import type { RunSummary } from '@stagewire/shared';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventLog, ListQuery } from './event-log.ts';
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
  list(query: ListQuery): readonly RunSummary[];
  ended(options: Parameters<EventLog['endedRuns']>[0]): readonly RunSummary[];
}

/** Prepares one statement for each combination of filters, when it is first needed. */
export function createRunLister(database: DatabaseSync): RunLister {
  const statements = new Map<string, StatementSync>();

  function prepared(conditions: readonly string[]): StatementSync {
    const where = `WHERE ${conditions.join(' AND ')}`;
    const known = statements.get(where);
    if (known !== undefined) return known;
    const statement = database.prepare(
      `SELECT ${summaryColumns} FROM runs ${where} ORDER BY queued_at DESC, run_id DESC LIMIT ?`,
    );
    statements.set(where, statement);
    return statement;
  }

  const oldestEnded = database.prepare(`
    SELECT ${summaryColumns} FROM runs
    WHERE status IN ('completed', 'failed', 'cancelled') AND (queued_at, run_id) > (?, ?)
    ORDER BY queued_at, run_id LIMIT ?`);

  const list: RunLister['list'] = ({ runId, status, labels, owner, limit, before }) => {
    // Runs that are being removed have an empty `queued_at`.
    const conditions: string[] = ["queued_at > ''"];
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
    if (status !== undefined) {
      conditions.push('status IN (SELECT value FROM json_each(?))');
      values.push(JSON.stringify(status));
    }
    if (labels !== undefined && Object.keys(labels).length > 0) {
      conditions.push(hasLabels);
      values.push(JSON.stringify(labels));
    }
    return prepared(conditions)
      .all(...values, limit)
      .map(summaryOf);
  };

  return {
    list,
    ended: ({ limit, after = { queuedAt: '', runId: '' } }) =>
      oldestEnded.all(after.queuedAt, after.runId, limit).map(summaryOf),
  };
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
