import type { AuditTrail } from '../../identity/audit-trail.ts';
import type { ExportLease } from '../../log/export-lease.ts';
import type { AccessStores } from '../../identity/access-stores.ts';
import type { Clock } from '../../runtime/clock.ts';
import { quietLogger, type Logger } from '../../runtime/logger.ts';
import { secretBytes, type RandomSource } from '../../runtime/random.ts';
import { createPatientLog, type PatientLog } from '../../log/patient-log.ts';
import { openDatabase } from '../../log/postgres/database.ts';
import type { Migration } from '../../log/postgres/migrate.ts';
import { createPostgresLog, type PostgresLog } from '../../log/postgres/postgres-log.ts';
import type { Cluster } from '../cluster.ts';
import { createPostgresAccess } from './postgres-access.ts';
import { createPostgresAudit } from './postgres-audit.ts';
import { createPostgresLimits } from './postgres-limits.ts';
import { createPostgresExportLease } from './postgres-export-lease.ts';
import { createPostgresHeartbeats } from './postgres-heartbeats.ts';
import { createPostgresOwnership } from './postgres-ownership.ts';
import { createPostgresRelay } from './postgres-relay.ts';

/** How a node uses the database that it shares with others. */
export interface PostgresSettings {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  readonly schema: string;
  /** Connections in addition to that of the log. */
  readonly poolSize: number;
  /** Part of the node's id, for operators. */
  readonly nodeName: string;
  readonly leaseMs: number;
  /** How long a database that fails is tried again before the log counts as unavailable. */
  readonly patienceMs: number;
  /** `poke`: notifications have no text of runs. */
  readonly notify: 'ship' | 'poke';
}

export interface OpenPostgresOptions {
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly settings: PostgresSettings;
  /** Of this program. */
  readonly version: string;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** How long the start waits for a database that does not respond, in milliseconds. @default 30000 */
  readonly startWaitMs?: number;
  /** Of the schema. @default those of this program */
  readonly migrations?: readonly Migration[] | undefined;
  /** How long a node of an older version than another one waits before it claims a run, in milliseconds. @default 2000 */
  readonly olderClaimDelayMs?: number;
}

/** A node on PostgreSQL: its log, and how it cooperates with the others. */
export interface OpenedPostgres {
  readonly log: PatientLog;
  readonly cluster: Cluster;
  /** Measures the flushes of this node. */
  readonly flushes: PostgresLog['flushes'];
  readonly notificationStats: PostgresLog['notificationStats'];
  /** How long after the last row of its run a delta is to be held, in milliseconds; 0 while flushes are fast. */
  deltaHoldMs(): number;
  /** Opens the stores of callers, which all nodes share. @param clock That of timestamps. */
  openAccess(clock: Clock): AccessStores;
  readonly auditTrail: AuditTrail;
  /** The lease of an export of the log. */
  exportLease(name: string): ExportLease;
}

/** @throws DatabaseUnusable with one sentence for the operator. */
export async function openPostgres(options: OpenPostgresOptions): Promise<OpenedPostgres> {
  const { clock, random, settings, version, logger = quietLogger } = options;
  const { nodeName, leaseMs, patienceMs, notify, ...where } = settings;
  // New with each start: the runs of the former process are taken over like those of any node.
  const nodeId = `${nodeName.replaceAll(/[^\w.-]/g, '-').slice(0, 60)}-${random.uuid().slice(0, 8)}`;
  const database = await openDatabase({
    ...where,
    clock,
    random: () => random.next(),
    nodeId,
    logger,
    connectWaitMs: Math.max(100, Math.min(2000, patienceMs)),
    // All nodes must be connected again before one of them takes runs over.
    connectTimeoutMs: within(leaseMs / 4, { least: 1000, most: 5000 }),
    // A link that was lost in silence leaves time to try again on another one.
    appendTimeoutMs: within(patienceMs / 2, { least: 1000, most: 12_000 }),
    ...(options.migrations === undefined ? {} : { migrations: options.migrations }),
    ...(options.startWaitMs === undefined ? {} : { startWaitMs: options.startWaitMs }),
  });
  const log = createPostgresLog({ clock, database, logger, notify });
  const { olderClaimDelayMs } = options;
  const ownership = createPostgresOwnership({
    clock,
    database,
    log,
    nodeName,
    version,
    leaseMs,
    olderClaimDelayMs,
  });
  const relay = createPostgresRelay({ clock, database, logger });
  const audit = createPostgresAudit({ queries: database.pool, clock, nodeName, logger });
  const patient = createPatientLog(log, { clock, random: () => random.next(), patienceMs });
  return {
    log: {
      ...patient,
      append(append) {
        if (append.claim === true) ownership.expect(append.runId);
        return patient.append(append);
      },
      async close() {
        ownership.close();
        relay.close();
        await audit.close();
        await log.close();
      },
    },
    flushes: log.flushes,
    notificationStats: () => log.notificationStats(),
    deltaHoldMs: () => log.deltaHoldMs(),
    cluster: {
      ownership,
      commands: relay,
      heartbeats: createPostgresHeartbeats(database),
      limits: createPostgresLimits(database.pool),
    },
    openAccess: (shared) =>
      createPostgresAccess({ database, clock: shared, randomBytes: secretBytes, nodeName, audit }),
    auditTrail: audit,
    exportLease: (name) => createPostgresExportLease({ queries: database.pool, name, nodeId }),
  };
}

function within(value: number, { least, most }: { readonly least: number; readonly most: number }): number {
  return Math.round(Math.min(most, Math.max(least, value)));
}
