import type pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { quietLogger, type Logger } from '../../runtime/logger.ts';
import { wait } from '../../runtime/wait.ts';
import { LogUnavailable } from '../event-log.ts';
import { checkDatabase, databaseVariable, poolerProblem } from './check-database.ts';
import { codeOf } from '@stagewire/shared/caught-error';
import { reasonOf } from './database-error.ts';
import { DatabaseUnusable } from './database-unusable.ts';
import { channelName, lockKey } from './lock-key.ts';
import { createLogHistory, type LogHistory } from './log-history.ts';
import { parseMessage, type Message, type MessageKind } from './messages.ts';
import { migrate, type Migration } from './migrate.ts';
import { connect, createSession, type Queries, type Session } from './session.ts';
import { createSessionPool, type SessionPool } from './session-pool.ts';

/** The database of a cluster as one node sees it. */
export interface Database {
  /** New with each start of a node. */
  readonly nodeId: string;
  /** For appends, notifications and the renewal of the lease: their order is that of the commits. */
  readonly session: Session;
  /** For everything else. */
  readonly pool: SessionPool;
  readonly channel: string;
  /** The last global position when the database was opened. */
  readonly openedAt: number;
  /** The incarnations of the log, which every new connection checks. */
  readonly history: LogHistory;
  /**
   * A further connection, for statements that must not wait for those of the log. It connects when it is first used, and is
   * closed with the database.
   *
   * @param options.timeoutMs Limit of a statement, its response included.
   */
  openSession(options: { readonly timeoutMs: number }): Session;
  /** The key of an advisory lock of this cluster. */
  lockKey(purpose: string): string;
  /** Calls `listener` with messages of all nodes, in the order of the commits. Returns a function that unsubscribes. */
  subscribe(kind: MessageKind, listener: (message: Message) => void): () => void;
  /** Calls `listener` after each reconnect with the last global position. Returns a function that unsubscribes. */
  onConnected(listener: (lastGlobalPosition: number) => void): () => void;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  readonly clock: Clock;
  /** A number in [0, 1), for the jitter of the backoff. */
  readonly random: () => number;
  /** Unique among all nodes, without spaces. */
  readonly nodeId: string;
  /** `postgres://user:password@host:port/database`. */
  readonly url: string;
  /** The schema that has the tables. @default 'stagewire' */
  readonly schema?: string;
  /** Connections in addition to that of the log. @default 4 */
  readonly poolSize?: number;
  /** How long the start waits for a database that does not respond, in milliseconds. @default 30000 */
  readonly startWaitMs?: number;
  /** How long a statement waits for a lost connection to be back, in milliseconds. @default 2000 */
  readonly connectWaitMs?: number;
  /** Limit of an attempt to connect, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
  /** Limit of an append or a renewal, its response included, in milliseconds: then it connects again. @default 12000 */
  readonly appendTimeoutMs?: number;
  /** Of the schema. @default those of this program */
  readonly migrations?: readonly Migration[];
  /**
   * After this the engine drops a client that does not read, in milliseconds: it would stop the notification queue for all
   * nodes. @default 15000
   */
  readonly tcpUserTimeoutMs?: number;
  /** Reports when the log can no longer be written, and when it can again. @default logs nothing */
  readonly logger?: Logger;
}

/** Limits of a statement that the engine enforces, in milliseconds. */
const statementTimeoutMs = 10_000;
/** How long the own notification may take at the start, in milliseconds. */
const echoWaitMs = 2000;
const startRetryMs = 500;
/** Limit of each statement of a migration, in milliseconds. */
const migrationTimeoutMs = 600_000;

/**
 * Connects, checks the database, creates or upgrades its schema.
 *
 * @throws DatabaseUnusable with one sentence for the operator.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  const { clock, random, nodeId, schema = 'stagewire', poolSize = 4, logger = quietLogger } = options;
  const connection: pg.ClientConfig = {
    connectionString: options.url,
    application_name: `stagewire ${nodeId}`.slice(0, 63),
  };
  const listeners = new Map<MessageKind, Set<(message: Message) => void>>();
  const connected = new Set<(position: number) => void>();
  const { connectWaitMs = 2000, connectTimeoutMs = 5000, appendTimeoutMs = 12_000 } = options;
  const common = { clock, random, connection, connectWaitMs, connectTimeoutMs };
  const { clusterId } = await prepared(options, connection);
  const cluster = `${schema}/${clusterId}`;
  const channel = channelName(cluster);
  const opened = Promise.withResolvers<number>();
  let isClosing = false;
  /** The process of the engine that each session is connected to. */
  const engines = new Map<Session, string>();
  const history = createLogHistory({
    orderLock: lockKey(cluster, 'order'),
    channel,
    onBegin(engine) {
      // Perhaps to a former primary that still runs: what they read and write has no future.
      for (const [other, connectedTo] of engines) if (connectedTo !== engine) other.reset();
    },
  });

  function notify(payload: string): void {
    const message = parseMessage(payload);
    if (message === undefined) return;
    for (const listener of listeners.get(message.kind) ?? []) {
      try {
        listener(message);
      } catch (error) {
        // Of a later version, perhaps: what it says of the log is read with the next notification or renewal.
        logger.warn({ error, kind: message.kind }, 'a notification of another node could not be read');
      }
    }
  }

  const session: Session = createSession({
    ...common,
    timeoutMs: appendTimeoutMs,
    async prepare(queries) {
      await configure(queries, options);
      // The plans of an append are for a large log, also while it is small.
      await queries.query({
        text: `SELECT set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false)`,
      });
      await queries.query({ text: `LISTEN ${channel}` });
      const [row] = await queries.query({ text: 'SELECT last_place_1() AS place' });
      const position = Number(row?.['place'] ?? 0);
      // Last: a connection to another engine that is made meanwhile would not find this one.
      engines.set(session, await history.check(queries));
      history.see(position);
      opened.resolve(position);
      for (const listener of connected) listener(position);
    },
    onNotification: notify,
    onChange(isReady) {
      if (isClosing) return;
      // What has lost this connection has lost the others too, perhaps without an error.
      if (!isReady) pool.reset();
      if (isReady) logger.info({}, 'connected to the database of the event log');
      else
        logger.error(
          { problem: session.problem },
          'the database of the event log is not connected; runs wait',
        );
    },
  });
  const pool = createSessionPool({
    clock,
    sessions: Array.from({ length: poolSize }, () => {
      const pooled: Session = createSession({
        ...common,
        async prepare(queries) {
          await configure(queries, options);
          engines.set(pooled, await history.check(queries));
        },
      });
      return pooled;
    }),
  });

  const further: Session[] = [];

  function openSession({ timeoutMs }: { readonly timeoutMs: number }): Session {
    const one: Session = createSession({
      ...common,
      timeoutMs,
      async prepare(queries) {
        await configure(queries, options);
        engines.set(one, await history.check(queries));
      },
    });
    further.push(one);
    return one;
  }

  async function close(): Promise<void> {
    isClosing = true;
    await Promise.all([session, pool, ...further].map((one) => one.close()));
  }

  function subscribe(kind: MessageKind, listener: (message: Message) => void): () => void {
    const all = listeners.get(kind) ?? new Set();
    listeners.set(kind, all.add(listener));
    return () => void all.delete(listener);
  }

  try {
    await session.query({ text: 'SELECT 1' });
    if (!(await hasEcho({ clock, pool, channel, subscribe }))) throw new DatabaseUnusable(poolerProblem);
    return {
      nodeId,
      session,
      pool,
      channel,
      openSession,
      openedAt: await opened.promise,
      history,
      lockKey: (purpose) => lockKey(cluster, purpose),
      subscribe,
      onConnected(listener) {
        connected.add(listener);
        return () => void connected.delete(listener);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function configure(
  queries: Queries,
  { schema = 'stagewire', tcpUserTimeoutMs = 15_000 }: DatabaseOptions,
): Promise<void> {
  const settings = [
    ['search_path', `"${schema.replaceAll('"', '""')}"`],
    ['statement_timeout', `${statementTimeoutMs}`],
    ['jit', 'off'],
  ];
  await queries.query({
    text: `SELECT ${settings.map((_, index) => `set_config($${2 * index + 1}, $${2 * index + 2}, false)`).join(', ')}`,
    values: settings.flat(),
  });
  // Not on every platform.
  await queries
    .query({ text: `SELECT set_config('tcp_user_timeout', $1, false)`, values: [`${tcpUserTimeoutMs}`] })
    .catch(() => undefined);
}

/** Checks and migrates the database on a connection of its own. */
async function prepared(
  options: DatabaseOptions,
  connection: pg.ClientConfig,
): Promise<{ readonly clusterId: string }> {
  const { clock, startWaitMs = 30_000 } = options;
  const deadlineMs = clock.elapsed() + startWaitMs;
  for (;;) {
    try {
      return await preparedOnce(options, connection);
    } catch (error) {
      if (error instanceof DatabaseUnusable) throw error;
      const reason = error instanceof LogUnavailable ? error.cause : error;
      const problem = reasonOf(reason);
      if (permanentCodes.test(codeOf(reason) ?? '')) {
        throw new DatabaseUnusable(`The database of ${databaseVariable} rejects this server: ${problem}.`);
      }
      if (clock.elapsed() >= deadlineMs) {
        if (codeOf(reason) === lockNotAvailable) throw new DatabaseUnusable(lockProblem);
        throw new DatabaseUnusable(
          `The database of ${databaseVariable} does not accept connections: ${problem}. Start it, or correct the URL.`,
        );
      }
    }
    await wait(clock, startRetryMs);
  }
}

/** Errors of the engine that waiting does not resolve: the login, the name of the database, missing rights. */
const permanentCodes = /^(?:28\w{3}|3D000|42501|0A000)$/;

/** A migration did not get the lock of a table. */
const lockNotAvailable = '55P03';
const lockProblem =
  `The schema in the database of ${databaseVariable} cannot be upgraded, since another session has locked a table of it, as ` +
  'a backup does. Start this version when that session has ended.';

async function preparedOnce(
  options: DatabaseOptions,
  connection: pg.ClientConfig,
): Promise<{ readonly clusterId: string }> {
  const { clock, schema = 'stagewire', migrations } = options;
  // A migration may build an index.
  const opened = await connect({ clock, connection, timeoutMs: migrationTimeoutMs });
  try {
    await checkDatabase(opened);
    await configure(opened, options);
    await opened.query({ text: `SET statement_timeout = ${migrationTimeoutMs}` });
    return await migrate(opened, { schema, ...(migrations === undefined ? {} : { migrations }) });
  } finally {
    await opened.end();
  }
}

/** Does a notification that another session sends arrive? */
async function hasEcho(options: {
  readonly clock: Clock;
  readonly pool: Queries;
  readonly channel: string;
  subscribe(kind: MessageKind, listener: () => void): () => void;
}): Promise<boolean> {
  const { clock, pool, channel } = options;
  const arrived = Promise.withResolvers<boolean>();
  const unsubscribe = options.subscribe('q', () => arrived.resolve(true));
  await pool.query({ text: 'SELECT pg_notify($1, $2)', values: [channel, 'q'] });
  const cancel = clock.after(echoWaitMs, () => arrived.resolve(false));
  try {
    return await arrived.promise;
  } finally {
    cancel();
    unsubscribe();
  }
}
