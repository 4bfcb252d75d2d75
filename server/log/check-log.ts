import { fold, isTerminal, type RunState } from '@stagewire/shared';
import { DatabaseSync } from 'node:sqlite';
import { RunUnreadable } from './event-log.ts';
import { summaryColumns } from './list-runs.ts';
import { sqliteCode } from './open-database.ts';
import { eventRow, readStoredEvent } from './stored-event.ts';
import { findSummaryProblem, summaryRow } from './stored-summary.ts';

export interface LogReport {
  readonly runs: number;
  readonly events: number;
  /** Events written by a version without checksums: a changed bit in their text is not detected. */
  readonly withoutChecksum: number;
  /** Defects of the file that SQLite reports. */
  readonly fileProblems: readonly string[];
  /** One for each damaged run. */
  readonly runProblems: readonly { readonly runId: string; readonly problem: string }[];
}

/** Maximum number of defects of the file that are listed. */
const maxFileProblems = 20;

/**
 * Reads every event and every row of the run index, and compares them with their checksums. Changes nothing. No
 * other process may have the file open. Holds one run in memory at a time.
 *
 * @throws Error of SQLite if the file cannot be opened.
 */
export function checkLog(path: string): LogReport {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const fileProblems = integrityOf(database);
    const rows = database
      .prepare(`SELECT number, ${summaryColumns} FROM runs WHERE queued_at > '' ORDER BY queued_at, run_id`)
      .all();
    const counts = { events: 0, withoutChecksum: 0 };
    const runProblems = rows.flatMap((row) => {
      const problem = problemOf(database, row, counts);
      return problem === undefined ? [] : [{ runId: String(row['run_id']), problem }];
    });
    const lost = database
      .prepare('SELECT count(*) AS lost FROM events WHERE run NOT IN (SELECT number FROM runs)')
      .get();
    if (Number(lost?.['lost'] ?? 0) > 0)
      fileProblems.push(`${Number(lost?.['lost'])} events belong to no run`);
    return { runs: rows.length, ...counts, fileProblems, runProblems };
  } finally {
    database.close();
  }
}

function integrityOf(database: DatabaseSync): string[] {
  try {
    return database
      .prepare(`PRAGMA integrity_check(${maxFileProblems})`)
      .all()
      .map((row) => String(row['integrity_check']))
      .filter((line) => line !== 'ok');
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

function problemOf(
  database: DatabaseSync,
  row: Record<string, unknown>,
  counts: { events: number; withoutChecksum: number },
): string | undefined {
  const summary = summaryRow(row);
  const { runId } = summary;
  try {
    const inIndex = findSummaryProblem(summary);
    const inEvents = findEventProblem(database, Number(row['number']), {
      runId,
      status: summary.status,
      counts,
    });
    return inIndex ?? inEvents ?? summary.problem ?? undefined;
  } catch (error) {
    if (error instanceof RunUnreadable) return error.message;
    if (sqliteCode(error) !== undefined) return 'a part of the file with its events is damaged';
    throw error;
  }
}

function findEventProblem(
  database: DatabaseSync,
  number: number,
  options: {
    readonly runId: string;
    readonly status: string;
    readonly counts: { events: number; withoutChecksum: number };
  },
): string | undefined {
  const { runId, status, counts } = options;
  const events = database.prepare(
    'SELECT seq, epoch, event, checksum FROM events WHERE run = ? ORDER BY seq',
  );
  let state: RunState | undefined;
  let hasEnded = false;
  for (const row of events.iterate(number)) {
    const stored = eventRow(row);
    counts.events += 1;
    if (stored.checksum === null) counts.withoutChecksum += 1;
    const event = readStoredEvent(runId, stored);
    if (event.seq !== (state?.seq ?? 0) + 1) return `the event with seq ${(state?.seq ?? 0) + 1} is missing`;
    try {
      state = fold(state, event);
    } catch (error) {
      return `the event with seq ${event.seq} does not follow from those before it (${String(error)})`;
    }
    hasEnded ||= isTerminal(event);
  }
  if (state === undefined) return 'it has no events';
  const isLive = status === 'queued' || status === 'running';
  return isLive === hasEnded ? 'its last events are missing' : undefined;
}
