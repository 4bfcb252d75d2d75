import type { RunSummary } from '@stagewire/shared';
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { ListQuery } from './event-log.ts';

/** All wanted labels are there: SQL cannot ask this of JSON more simply. */
const hasLabels = `NOT EXISTS (
  SELECT 1 FROM json_each(?) AS wanted
  WHERE wanted.value IS NOT (
    SELECT had.value FROM json_each(summary, '$.labels') AS had WHERE had.key = wanted.key
  )
)`;

/** Answers `list` from the index; one statement for each combination of filters, prepared when first needed. */
export function createRunLister(database: DatabaseSync): (query: ListQuery) => readonly RunSummary[] {
  const statements = new Map<string, StatementSync>();

  function prepared(conditions: readonly string[]): StatementSync {
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const known = statements.get(where);
    if (known !== undefined) return known;
    const statement = database.prepare(
      `SELECT summary FROM runs ${where} ORDER BY queued_at DESC, run_id DESC LIMIT ?`,
    );
    statements.set(where, statement);
    return statement;
  }

  return ({ status, labels, owner, limit, before }) => {
    const conditions: string[] = [];
    const values: SQLInputValue[] = [];
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
    const rows = prepared(conditions).all(...values, limit);
    return rows.map((row) => JSON.parse(String(row['summary'])) as RunSummary);
  };
}
