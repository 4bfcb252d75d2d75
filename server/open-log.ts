import { join } from 'node:path';
import type { Cluster } from './cluster/cluster.ts';
import { createOffsetClock, type OffsetClock } from './cluster/offset-clock.ts';
import type { AuditTrail } from './identity/audit-trail.ts';
import type { AccessStores } from './identity/access-stores.ts';
import { openDataDir } from './log/data-dir.ts';
import type { DataDir } from './log/data-dir.ts';
import type { EventLog } from './log/event-log.ts';
import type { FlushReport } from './log/flush-monitor.ts';
import { createMemoryExportLease, type ExportLease } from './log/export-lease.ts';
import { createFileExportLease } from './log/file-export-lease.ts';
import { createMemoryLog } from './log/memory.ts';
import { createSqliteLog } from './log/sqlite.ts';
import type { SharedLogSources } from './metrics/log-metrics.ts';
import type { Config } from './process/config.ts';
import type { Migration } from './log/postgres/migrate.ts';
import type { Clock } from './runtime/clock.ts';
import { holdProcess } from './runtime/hold-process.ts';
import type { Logger } from './runtime/logger.ts';
import type { RandomSource } from './runtime/random.ts';

/** A log, and the parts of a log that several nodes share. */
export interface OpenedLog extends AsyncDisposable {
  readonly log: EventLog;
  /** The clock of all timestamps: with a shared log it shows the time of its store. */
  readonly clock: Clock;
  /** The directory of an embedded log on disk. */
  readonly dataDir?: DataDir;
  readonly cluster?: Cluster;
  /** The stores of credentials of a shared log. @default they are in the data directory */
  readonly openAccess?: () => AccessStores;
  /** Keeps the audit records of a shared log. @default they are in the audit log only */
  readonly auditTrail?: AuditTrail;
  /** The lease of an export of the log. */
  exportLease(name: string): ExportLease;
  readonly offsetClock?: OffsetClock;
  readonly stalledMs?: (runId: string) => number | undefined;
  /** How long after the last row of its run a delta is to be held, in milliseconds. */
  readonly deltaHoldMs?: () => number;
  /** How long a write takes at the moment, in milliseconds. */
  readonly writeMs?: () => number;
  /** Pages read at the same time: more than one where a read mostly waits for the network. */
  readonly pagesAtOnce: number;
  /** Of a shared log, for metrics. */
  readonly stats?: Pick<SharedLogSources, 'flushStats' | 'notificationStats'>;
}

/** What distinguishes a version of the program for the nodes of other versions. */
export interface Build {
  readonly version: string;
  /** Of the schema of a shared log. @default those of this program */
  readonly migrations?: readonly Migration[];
}

export interface OpenLogOptions {
  readonly build: Build;
  readonly config: Config;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  /** Called after each flush. */
  readonly onFlush: (report: FlushReport) => void;
}

/** Pages of a log over a network that are read at the same time: as many as it has connections by default. */
const remotePagesAtOnce = 4;

/**
 * Opens the configured log. The client of PostgreSQL is loaded only for a log in it.
 *
 * @throws DataDirError, LogUnusable, DatabaseUnusable
 */
export async function openLog(options: OpenLogOptions): Promise<OpenedLog> {
  const { config, clock, onFlush } = options;
  if (config.log === 'memory') {
    const log = createMemoryLog({ clock, onFlush });
    return {
      log,
      clock,
      pagesAtOnce: 1,
      exportLease: createMemoryExportLease,
      [Symbol.asyncDispose]: () => log.close(),
    };
  }
  return config.log === 'postgres' ? openShared(options) : openSqlite(options);
}

async function openSqlite({ config, clock, logger, onFlush }: OpenLogOptions): Promise<OpenedLog> {
  await using opened = new AsyncDisposableStack();
  const dataDir = await openDataDir(config.dataDir);
  opened.defer(() => dataDir.close());
  await dataDir.expectLog();
  const { logPath: path, lockFile } = dataDir;
  const log = createSqliteLog({ path, lockFile, clock, logger, synchronous: config.sync, onFlush });
  opened.defer(() => log.close());
  await dataDir.markLog(new Date(clock.now()).toISOString());
  const kept = opened.move();
  return {
    log,
    clock,
    dataDir,
    pagesAtOnce: 1,
    exportLease: (name) => createFileExportLease(join(dataDir.path, `export-${name}.json`)),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openShared(options: OpenLogOptions): Promise<OpenedLog> {
  const { config, clock, random, logger, build, onFlush } = options;
  const { postgres: settings } = config;
  if (settings === undefined) throw new TypeError('log: postgres requires the settings in `postgres`');
  const offsetClock = createOffsetClock(clock);
  // The start may wait for its database.
  using held = new DisposableStack();
  held.defer(holdProcess());
  const { openPostgres } = await import('./cluster/postgres/open-postgres.ts');
  const opened = await openPostgres({ ...build, settings, clock, random, logger });
  const { log, cluster, flushes, deltaHoldMs, notificationStats, openAccess, auditTrail, exportLease } =
    opened;
  flushes.onFlush(onFlush);
  return {
    log,
    cluster,
    clock: offsetClock,
    offsetClock,
    openAccess: () => openAccess(offsetClock),
    auditTrail,
    exportLease,
    stalledMs: (runId) => log.stalledMs(runId),
    deltaHoldMs,
    writeMs: () => flushes.stats().presentMs,
    pagesAtOnce: remotePagesAtOnce,
    stats: { notificationStats, flushStats: () => flushes.stats() },
    [Symbol.asyncDispose]: () => log.close(),
  };
}
