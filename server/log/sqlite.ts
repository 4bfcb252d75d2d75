import { isDelta } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import { LogUnavailable, RunUnreadable } from './event-log.ts';
import type { EventLog, DeletionEntry, LogEntry } from './event-log.ts';
import { createCheckpointer, type Checkpointer } from './checkpointer.ts';
import { createGlobalOrder } from './global-order.ts';
import { createGroupCommitLog } from './group-commit.ts';
import type { LogStorage } from './log-storage.ts';
import { measureStorage, type MeasuredStorageOptions } from './measured-storage.ts';
import { createEventRows, type EventRow } from './event-rows.ts';
import { checksumOf, readStoredEvent } from './stored-event.ts';
import { readStoredSummary, summaryChecksum, summaryRow } from './stored-summary.ts';
import { orUnusable, openDatabase, sqliteCode } from './open-database.ts';
import { createRunLister, summaryColumns } from './list-runs.ts';
import { eraseWal } from './wal-truncation.ts';
import type { FileGuard, GuardedFile } from './file-guard.ts';
import { createRemoval, type PurgeStep } from './sqlite-removal.ts';
import { attempt, corruptCode, ofOneRun } from './sqlite-errors.ts';
import { createSqliteUsage } from './sqlite-usage.ts';
import { createSqliteIncarnations } from './sqlite-incarnations.ts';
import { createLogGuard } from './log-guard.ts';

export interface SqliteLogOptions extends MeasuredStorageOptions {
  /** The database file; created if it does not exist. Its directory must exist and be locked (`openDataDir`). */
  readonly path: string;
  /**
   * `normal`: nothing is lost if the process dies; the latest commits may be if the machine does. `full`: nothing
   * is lost then either, at the price of an fsync per commit. @default 'normal'
   */
  readonly synchronous?: 'normal' | 'full';
  /**
   * How long deltas wait for a commit that they share with those of other runs, in milliseconds; those of a lone run never wait.
   * @default 4
   */
  readonly commitWindowMs?: number;
  /** Maximum size of the database file; beyond it appends reject with LogUnavailable. @default none */
  readonly maxBytes?: number;
  /** Reports when the log can no longer be written, and when it can again. @default logs nothing */
  readonly logger?: Logger;
  /** The lock of the directory (`DataDir.lockFile`): nothing is written without it. @default none */
  readonly lockFile?: GuardedFile | undefined;
}

/**
 * A log in a SQLite database, the server's default.
 *
 * @throws LogUnusable if the file is damaged, of a later version, of another program, or cannot be opened.
 */
export function createSqliteLog(options: SqliteLogOptions): EventLog {
  const { path, clock, synchronous = 'normal', maxBytes, logger = quietLogger, lockFile } = options;
  const { commitWindowMs = 4 } = options;
  const database = openDatabase({ path, synchronous, maxBytes });
  try {
    return orUnusable(path, () => {
      const guard = createLogGuard(database, { path, clock, logger, lockFile });
      // Its statements name all tables and columns, any of which may be damaged.
      const checkpointer = createCheckpointer(path);
      const tables = createSqliteStorage(database, { path, guard, clock, checkpointer });
      const storage = measureStorage(tables, options);
      const log = createGroupCommitLog({ clock, storage, logger, commitWindowMs });
      // A probe reports what the guard has found, and later that it is over.
      guard.watch(() => void log.probe().catch(() => undefined));
      return log;
    });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Filler of a probe: several pages, so that a full disk is detected. */
const probeBytes = 64 * 1024;

function createSqliteStorage(
  database: DatabaseSync,
  {
    path,
    checkpointer,
    guard,
    clock,
  }: {
    readonly path: string;
    readonly checkpointer: Checkpointer;
    readonly guard: FileGuard;
    readonly clock: Clock;
  },
): LogStorage {
  const prepare = (sql: string) => database.prepare(sql);
  const begin = prepare('BEGIN');
  const commit = prepare('COMMIT');
  const savepoint = prepare('SAVEPOINT one_append');
  const release = prepare('RELEASE one_append');
  const rollbackTo = prepare('ROLLBACK TO one_append');
  const putRun = prepare(`
    INSERT INTO runs (run_id, status, owner, queued_at, summary, checksum, searched) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (run_id) DO UPDATE
      SET status = excluded.status, summary = excluded.summary, checksum = excluded.checksum`);
  const putAside = prepare(`UPDATE runs SET status = 'unreadable', problem = ? WHERE run_id = ?`);
  const ofRun = '(SELECT number FROM runs WHERE run_id = ?)';
  const addEvent = prepare(
    `INSERT INTO events (run, seq, epoch, is_delta, event, checksum) VALUES (${ofRun}, ?, ?, ?, ?, ?)`,
  );
  const lastOfRun = prepare(`
    SELECT place, epoch, seq, bytes, ${summaryColumns} FROM events JOIN runs ON runs.number = events.run
    WHERE run = ${ofRun} ORDER BY seq DESC LIMIT 1`);
  const putBytes = prepare('UPDATE runs SET bytes = ? WHERE run_id = ?');
  const sumOfRun = prepare(`SELECT sum(length(event)) AS bytes FROM events WHERE run = ${ofRun}`);
  const rowsOfRun = createEventRows(database, { where: `run = ${ofRun} AND seq > ? ORDER BY seq` });
  const rowAt = createEventRows(database, { where: `run = ${ofRun} AND seq = ?` });
  const lastPlace = prepare(`SELECT seq AS place FROM sqlite_sequence WHERE name = 'events'`);
  const live = prepare(
    `SELECT run_id FROM runs WHERE status IN ('queued', 'running') ORDER BY queued_at, run_id`,
  );
  const pagesInUse = prepare(
    'SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size',
  );
  const putProbe = prepare(`INSERT INTO probes (filler) VALUES (zeroblob(${probeBytes}))`);
  const deleteProbes = prepare('DELETE FROM probes');
  const ownerInIndex = prepare('SELECT owner FROM runs WHERE run_id = ?');
  const listRuns = createRunLister(database);
  const removal = createRemoval(database);
  const usage = createSqliteUsage(database);
  const started = createSqliteIncarnations(database, { clock });

  /** Events since the last commit. Each writes about two pages: one of the events and one of their index. */
  let added = 0;

  function rollback(): void {
    // A full disk and other severe errors have rolled back already, and then ROLLBACK is itself an error.
    if (!database.isOpen || !database.isTransaction) return;
    try {
      database.exec('ROLLBACK');
    } catch {
      // The transaction is still open and nothing of it is committed: the next `begin` tries again.
    }
  }

  function transaction(work: () => void): void {
    attempt(() => {
      guard.check();
      begin.run();
      try {
        work();
        commit.run();
      } finally {
        rollback();
      }
    });
  }

  const readAll = createGlobalOrder(database, { removal, entryOf });
  /** Set when a deleted run was purged, until its copies in the write-ahead log are erased. */
  let hasCopies = false;

  return {
    begin: () =>
      attempt(() => {
        rollback();
        guard.check();
        begin.run();
        started.beginOnce();
      }),
    commit: () =>
      attempt(() => {
        commit.run();
        started.committed();
        checkpointer.committed(2 + added);
        added = 0;
      }),
    rollback,
    savepoint: (work) =>
      attempt(() => {
        savepoint.run();
        try {
          const result = work();
          release.run();
          return result;
        } catch (error) {
          if (database.isTransaction) {
            rollbackTo.run();
            release.run();
          }
          throw error;
        }
      }),
    index: (summary) =>
      attempt(() => {
        const { runId, status, owner, queuedAt } = summary;
        const json = JSON.stringify(summary);
        const searched = searchedText(summary);
        putRun.run(runId, status, owner, queuedAt, json, summaryChecksum(json), searched);
      }),
    add: (epoch, event) =>
      attempt(() => {
        const { runId, seq } = event;
        added += 1;
        const json = JSON.stringify(event);
        const result = addEvent.run(runId, seq, epoch, isDelta(event) ? 1 : 0, json, checksumOf(json, epoch));
        return { globalPosition: Number(result.lastInsertRowid), bytes: json.length };
      }),
    addUsage: (row) => attempt(() => usage.add(row)),
    usageOfDay: (day, owner) => attempt(() => usage.ofDay(day, owner)),
    seal: (runId, bytes) => attempt(() => putBytes.run(bytes, runId)),
    tip: (runId) =>
      attempt(() => {
        const row = lastOfRun.get(runId);
        if (row === undefined) return removal.isRemoved(runId) ? 'removed' : undefined;
        return {
          position: { epoch: Number(row['epoch']), seq: Number(row['seq']) },
          globalPosition: Number(row['place']),
          summary: readStoredSummary(summaryRow(row)),
          bytes: Number(row['bytes'] ?? sumOfRun.get(runId)?.['bytes'] ?? 0),
        };
      }),
    read: (runId, { after, limit, maxBytes = Infinity }) =>
      ofOneRun(runId, () => {
        const entries: LogEntry[] = [];
        let bytes = 0;
        for (const row of rowsOfRun([runId, after], { limit, maxBytes })) {
          bytes += row.event.length;
          if (bytes > maxBytes && entries.length > 0) break;
          const entry = entryOf(runId, row);
          const expectedSeq = after + 1 + entries.length;
          if (entry.event.seq !== expectedSeq) throw missing(runId, expectedSeq);
          entries.push(entry);
        }
        return entries;
      }),
    at: (runId, seq) =>
      ofOneRun(runId, () => {
        for (const row of rowAt([runId, seq], { limit: 1, maxBytes: Infinity })) return entryOf(runId, row);
        return undefined;
      }),
    readAll: (options) => attempt(() => readAll(options)),
    incarnations: started.incarnations,
    lastGlobalPosition: () => attempt(() => Number(lastPlace.get()?.['place'] ?? 0)),
    list: (query, maxScanned) => attempt(() => listRuns.list(query, maxScanned)),
    liveRuns: () => attempt(() => live.all().map((row) => String(row['run_id']))),
    endedRuns: (options) => attempt(() => listRuns.ended(options)),
    setAside: (runId, problem) => transaction(() => putAside.run(problem, runId)),
    usedBytes: () => attempt(() => Number(pagesInUse.get()?.['bytes'] ?? 0)),
    remove: (runId) => transaction(() => removal.hide(runId)),
    tombstone: (runId) => attempt(() => removal.tombstone(runId)),
    ownerOf: (runId) =>
      attempt(() => {
        // Both in any case, so that the time does not depend on what there is.
        const row = ownerInIndex.get(runId);
        const tombstone = removal.tombstone(runId);
        return row === undefined ? tombstone?.owner : String(row['owner']);
      }),
    delete: (deletion) => {
      let entry: DeletionEntry | undefined;
      transaction(() => {
        started.beginOnce();
        entry = removal.hideDeleted(deletion);
      });
      started.committed();
      if (entry === undefined) throw new LogUnavailable('the log could not be written');
      return entry;
    },
    purge() {
      let step: PurgeStep = { pages: 0, leavesCopies: false };
      try {
        transaction(() => {
          step = removal.purge();
        });
      } catch (error) {
        if (!(error instanceof LogUnavailable) || sqliteCode(error.cause) !== corruptCode) throw error;
        removal.skipDamaged();
        return true;
      }
      hasCopies ||= step.leavesCopies;
      checkpointer.committed(step.pages);
      return step.pages > 0;
    },
    async erase() {
      if (!hasCopies) return true;
      hasCopies = false;
      await checkpointer.flush();
      if (database.isOpen) hasCopies = !eraseWal(database, path) || hasCopies;
      return !hasCopies;
    },
    probe: () =>
      transaction(() => {
        putProbe.run();
        deleteProbes.run();
      }),
    async close() {
      try {
        await checkpointer.close();
        guard.close();
      } finally {
        database.close();
      }
    },
  };
}

/** @throws RunUnreadable if the row is damaged. */
function entryOf(runId: string, row: EventRow): LogEntry {
  return { epoch: row.epoch, globalPosition: row.place, event: readStoredEvent(runId, row) };
}

function missing(runId: string, seq: number): RunUnreadable {
  return new RunUnreadable(runId, `the event with seq ${seq} is missing`);
}
