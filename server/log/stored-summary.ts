import type { RunSummary } from '@stagewire/shared';
import { crc32 } from 'node:zlib';

/** A run's row of the index. */
export interface StoredSummary {
  readonly runId: string;
  readonly status: string;
  readonly owner: string;
  readonly queuedAt: string;
  /** As JSON. */
  readonly summary: string;
  /** `null` in a row of a version without checksums. */
  readonly checksum: number | null;
  /** Why the run was set aside. */
  readonly problem: string | null;
}

const damagedRow = 'its entry in the index of runs is not what was written';

/** Reads a row of a database. PostgreSQL detects changed bits itself, so that its rows have no checksum. */
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

export function summaryChecksum(json: string): number {
  return crc32(json);
}

/** What is wrong with the row of a run that has not been set aside yet; `undefined` if it is intact. */
export function findSummaryProblem(row: StoredSummary): string | undefined {
  if (row.checksum !== null && summaryChecksum(row.summary) !== row.checksum) return damagedRow;
  const summary = parse(row.summary);
  if (summary === undefined) return damagedRow;
  const { runId, owner, queuedAt, status } = summary;
  const isSame =
    runId === row.runId &&
    owner === row.owner &&
    queuedAt === row.queuedAt &&
    (status === row.status || row.status === 'unreadable');
  return isSame ? undefined : damagedRow;
}

/** The summary of a row. For a run that is set aside, or whose row is damaged, it contains what can still be read. */
export function readStoredSummary(row: StoredSummary): RunSummary {
  const found = findSummaryProblem(row);
  const problem = row.problem ?? found;
  const summary = found === undefined ? parse(row.summary) : undefined;
  if (problem === undefined && summary !== undefined) return summary;
  const { runId, owner, queuedAt } = row;
  return {
    ...(summary ?? { runId, task: '', owner, labels: {}, queuedAt }),
    current: null,
    status: 'unreadable',
    problem: problem ?? damagedRow,
  };
}

function parse(json: string): RunSummary | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as RunSummary) : undefined;
  } catch {
    // Invalid JSON is reported as a damaged row.
    return undefined;
  }
}
