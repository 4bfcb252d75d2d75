import { RunUnreadable } from '../event-log.ts';
import type { Deletion, DeletionEntry, GlobalEntry, LogEntry, ReadOptions } from '../event-log.ts';
import type { Tip } from '../log-storage.ts';
import { readStoredEvent } from '../stored-event.ts';
import { readStoredSummary, summaryRow } from '../stored-summary.ts';
import type { Queries, Row } from './session.ts';

/** A run as the database has it. */
export type StoredRun =
  | { readonly status: 'removed'; readonly owner: string; readonly deletion?: Deletion }
  | { readonly status: 'present'; readonly tip: Tip; readonly first?: LogEntry; readonly at?: LogEntry }
  /** It is in the index, and its events are lost or damaged. */
  | { readonly status: 'damaged'; readonly problem: string; readonly owner: string };

/** Reads runs and their events. */
export interface EventReader {
  /** @param seq Also returns the first entry, and that at this seq. @default only the end of the run */
  runs(runIds: readonly string[], seq?: number): Promise<ReadonlyMap<string, StoredRun>>;
  /** @throws RunUnreadable */
  read(runId: string, options: ReadOptions): Promise<readonly LogEntry[]>;
  /** Skips damaged entries and passes each error to `onDamaged`. */
  readAll(
    options: ReadOptions & { readonly deltas: boolean; onDamaged(error: RunUnreadable): void },
  ): Promise<readonly GlobalEntry[]>;
  lastGlobalPosition(): Promise<number>;
}

/** The columns of `summaryRow`. */
export const summaryColumns = 'r.run_id, r.status, r.owner, r.queued_at, r.summary, r.problem';

const runsSql = `
  SELECT w.run_id AS wanted, ${summaryColumns}, tail.seq, tail.epoch, tail.place, tail.bytes,
    t.run_id AS removed_id, t.owner AS removed_owner, t.actor, t.deleted_at`;
const runsFromSql = `
  FROM unnest($1::text[]) AS w (run_id)
  LEFT JOIN runs AS r ON r.run_id = w.run_id
  LEFT JOIN removed AS t ON t.run_id = w.run_id AND r.number IS NULL
  LEFT JOIN LATERAL (
    SELECT e.seq, e.epoch, e.place, e.bytes FROM events AS e WHERE e.run = r.number ORDER BY e.seq DESC LIMIT 1
  ) AS tail ON true`;
const tipsStatement = { name: 'tips', text: `${runsSql}${runsFromSql}` };
const positionStatement = {
  name: 'position',
  text: `${runsSql},
    first.seq AS first_seq, first.epoch AS first_epoch, first.place AS first_place, first.event AS first_event,
    found.seq AS at_seq, found.epoch AS at_epoch, found.place AS at_place, found.event AS at_event${runsFromSql}
  LEFT JOIN events AS first ON first.run = r.number AND first.seq = 1
  LEFT JOIN events AS found ON found.run = r.number AND found.seq = $2`,
};

/** Rows up to a size, the first in any case. @param rows A query with `event`, in the order of `key`. */
function upTo(rows: string, { key, size }: { readonly key: string; readonly size: string }): string {
  return `SELECT * FROM (
    SELECT *, sum(octet_length(event)) OVER (ORDER BY ${key}) AS total, row_number() OVER (ORDER BY ${key}) AS nth
    FROM (${rows}) AS page
  ) AS sized WHERE total <= ${size} OR nth = 1 ORDER BY ${key}`;
}

const readSql = `
  SELECT r.problem, r.status, e.seq, e.epoch, e.place, e.event FROM events AS e JOIN runs AS r ON r.number = e.run
  WHERE r.run_id = $1 AND e.seq > $2 ORDER BY e.seq LIMIT $3`;
const readStatement = { name: 'read', text: readSql };
const readSizedStatement = { name: 'read-sized', text: upTo(readSql, { key: 'seq', size: '$4' }) };

const globalSql = (condition: string) => `
  SELECT * FROM (
    (SELECT e.place, e.seq, e.epoch, e.event, r.run_id, NULL AS owner, NULL AS deleted_at
    FROM events AS e JOIN runs AS r ON r.number = e.run
    WHERE e.place > $1 ${condition} ORDER BY e.place LIMIT $2)
    UNION ALL
    (SELECT t.place, t.seq, NULL, t.actor, t.run_id, t.owner, t.deleted_at
    FROM removed AS t WHERE t.deleted_at IS NOT NULL AND t.place > $1 ORDER BY t.place LIMIT $2)
  ) AS entries ORDER BY place LIMIT $2`;

/** One statement has one snapshot: with two, an event between them would be missing before a deletion. */
const readAllStatements = {
  true: { name: 'read-all', text: globalSql('') },
  false: { name: 'read-all-durable', text: globalSql('AND NOT e.is_delta') },
};
const readAllSizedStatements = {
  true: { name: 'read-all-sized', text: upTo(globalSql(''), { key: 'place', size: '$3' }) },
  false: {
    name: 'read-all-durable-sized',
    text: upTo(globalSql('AND NOT e.is_delta'), { key: 'place', size: '$3' }),
  },
};

export function createEventReader(queries: Queries): EventReader {
  async function readAll(options: Parameters<EventReader['readAll']>[0]): Promise<readonly GlobalEntry[]> {
    const { after, limit, maxBytes, deltas, onDamaged } = options;
    const which = deltas ? 'true' : 'false';
    const rows = await queries.query(
      maxBytes === undefined
        ? { ...readAllStatements[which], values: [after, limit] }
        : { ...readAllSizedStatements[which], values: [after, limit, maxBytes] },
    );
    const entries = rows.flatMap((row): GlobalEntry[] => {
      if (row['deleted_at'] !== null) return [deletionEntry(row)];
      try {
        return [entryOf(String(row['run_id']), row)];
      } catch (error) {
        if (!(error instanceof RunUnreadable)) throw error;
        onDamaged(error);
        return [];
      }
    });
    const last = rows.at(-1);
    // An empty page would mean that nothing follows.
    if (entries.length > 0 || last === undefined) return entries;
    return readAll({ ...options, after: Number(last['place']) });
  }

  return {
    async runs(runIds, seq) {
      const ids = runIds.map(storable);
      const rows = await queries.query(
        seq === undefined
          ? { ...tipsStatement, values: [ids] }
          : { ...positionStatement, values: [ids, seq] },
      );
      return new Map(
        rows.flatMap((row) => {
          const run = storedRun(row);
          return run === undefined ? [] : [[String(row['wanted']), run] as const];
        }),
      );
    },
    async read(runId, { after, limit, maxBytes }) {
      const values = [storable(runId), after, limit];
      const rows = await queries.query(
        maxBytes === undefined
          ? { ...readStatement, values }
          : { ...readSizedStatement, values: [...values, maxBytes] },
      );
      return rows.map((row, index) => {
        const { status, problem } = row;
        if (status === 'unreadable')
          throw new RunUnreadable(runId, typeof problem === 'string' ? problem : '');
        if (Number(row['seq']) !== after + 1 + index) {
          throw new RunUnreadable(runId, `the event with seq ${after + 1 + index} is missing`);
        }
        return entryOf(runId, row);
      });
    },
    readAll,
    async lastGlobalPosition() {
      const [row] = await queries.query({ name: 'last-place', text: 'SELECT last_place_1() AS place' });
      return Number(row?.['place'] ?? 0);
    },
  };
}

function storedRun(row: Row): StoredRun | undefined {
  if (row['removed_id'] !== null) {
    const owner = String(row['removed_owner']);
    return { status: 'removed', owner, ...(row['deleted_at'] === null ? {} : { deletion: deletionOf(row) }) };
  }
  if (row['run_id'] === null) return undefined;
  const summary = readStoredSummary(summaryRow(row));
  const { runId, owner } = summary;
  if (row['place'] === null) {
    return { status: 'damaged', problem: summary.problem ?? 'it has no events', owner };
  }
  const tip: Tip = {
    position: { epoch: Number(row['epoch']), seq: Number(row['seq']) },
    globalPosition: Number(row['place']),
    summary,
    bytes: Number(row['bytes']),
  };
  try {
    const first = entryAt(runId, row, 'first');
    const at = entryAt(runId, row, 'at');
    return { status: 'present', tip, ...(first && { first }), ...(at && { at }) };
  } catch (error) {
    if (!(error instanceof RunUnreadable)) throw error;
    return { status: 'damaged', problem: error.message, owner };
  }
}

function entryAt(runId: string, row: Row, name: 'first' | 'at'): LogEntry | undefined {
  if (typeof row[`${name}_event`] !== 'string') return undefined;
  return entryOf(runId, {
    seq: row[`${name}_seq`],
    epoch: row[`${name}_epoch`],
    place: row[`${name}_place`],
    event: row[`${name}_event`],
  });
}

/** @throws RunUnreadable */
function entryOf(runId: string, row: Row): LogEntry {
  const { seq, epoch, event, place } = row;
  const stored = { seq: Number(seq), epoch: Number(epoch), event: String(event), checksum: null };
  return { epoch: stored.epoch, globalPosition: Number(place), event: readStoredEvent(runId, stored) };
}

function deletionEntry(row: Row): DeletionEntry {
  const { owner, actor, at } = deletionOf({ ...row, removed_owner: row['owner'], actor: row['event'] });
  return {
    globalPosition: Number(row['place']),
    owner,
    event: { type: 'run.deleted', runId: String(row['run_id']), seq: Number(row['seq']), at, actor },
  };
}

export function deletionOf(row: Row): Deletion {
  return {
    owner: String(row['removed_owner']),
    actor: JSON.parse(String(row['actor'])) as Deletion['actor'],
    at: String(row['deleted_at']),
  };
}

/** PostgreSQL's text has no NUL, and UTF-8 no half of a surrogate pair: neither is part of what is stored. */
export function storable(text: string): string {
  return text.replaceAll('\0', '\uFFFD').toWellFormed();
}
