import { Socket } from 'node:net';
import pg from 'pg';
import type { Clock } from '../../runtime/clock.ts';
import { createSerialQueue } from '../../runtime/serial-queue.ts';
import { wait } from '../../runtime/wait.ts';
import { LogUnavailable } from '../event-log.ts';
import { databaseError, reasonOf } from './database-error.ts';

/** A statement and its parameters. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[];
  /** Prepared once per connection under this name. */
  readonly name?: string;
}

export type Row = Readonly<Record<string, unknown>>;

/** Runs statements. */
export interface Queries {
  /**
   * One at a time, in the order of the calls.
   *
   * @throws LogUnavailable; with the outcome `unknown` if the statement may have been executed.
   */
  query(statement: Statement): Promise<readonly Row[]>;
}

/** A connection that is opened again whenever it is lost. */
export interface Session extends Queries {
  readonly isReady: boolean;
  /** Why it is not ready, in one line; `undefined` before the first attempt to connect. */
  readonly problem: string | undefined;
  /** Gives the present connection up, with the statement in progress, and connects again. */
  reset(): void;
  /** Finishes the statements in progress and disconnects. */
  close(): Promise<void>;
}

export interface ConnectOptions {
  readonly clock: Clock;
  readonly connection: pg.ClientConfig;
  onNotification?(payload: string): void;
  /** Limit of a statement, its response included, in milliseconds: the connection is destroyed then. @default 12000 */
  readonly timeoutMs?: number;
  /** Limit of an attempt to connect, in milliseconds. @default 5000 */
  readonly connectTimeoutMs?: number;
}

export interface SessionOptions extends ConnectOptions {
  /** A number in [0, 1), for the jitter of the backoff. */
  readonly random: () => number;
  /** Prepares each new connection, before other statements. If it rejects, the connection is destroyed. */
  prepare(queries: Queries): Promise<void>;
  /** Called when it is ready, and when it is not any more. */
  onChange?(isReady: boolean): void;
  /** How long a statement waits for a connection, in milliseconds. @default 2000 */
  readonly connectWaitMs?: number;
}

/** The first delay before another attempt to connect, in milliseconds; it doubles each time … */
const retryBaseMs = 20;
/** … up to this. */
const retryCapMs = 250;

/** Silence after which the system checks a connection, in milliseconds. */
const keepAliveAfterMs = 30_000;

/** One connection, until it is lost. */
export interface Connection extends Queries {
  /** Resolves when it can no longer be used. */
  readonly lost: Promise<void>;
  /** Ends it at once. */
  destroy(): void;
  /** Ends it in order. */
  end(): Promise<void>;
}

/**
 * One loop connects, waits until the connection is lost, and connects again: a lost connection is reported as an error,
 * as its end and by the statement in progress, and must not start three attempts.
 */
export function createSession(options: SessionOptions): Session {
  const { clock, random, connectWaitMs = 2000, onChange = () => undefined } = options;
  const inTurn = createSerialQueue();
  const closing = new AbortController();
  let connection: Connection | undefined;
  let ready = Promise.withResolvers<void>();
  let problem: string | undefined;
  let running: Promise<void> | undefined;

  async function stayConnected(): Promise<void> {
    let retryMs = retryBaseMs;
    while (!closing.signal.aborted) {
      let opened: Connection | undefined;
      try {
        opened = await connect(options);
        await options.prepare(opened);
        // Nothing would end it any more.
        if (closing.signal.aborted) return opened.destroy();
        retryMs = retryBaseMs;
        connection = opened;
        ready.resolve();
        onChange(true);
        await opened.lost;
        problem = 'the connection was lost';
      } catch (error) {
        problem = reasonOf(error);
      }
      opened?.destroy();
      if (connection !== undefined) {
        connection = undefined;
        ready = Promise.withResolvers();
        onChange(false);
      }
      await wait(clock, Math.ceil(retryMs * (0.5 + random() / 2)), closing.signal);
      retryMs = Math.min(retryCapMs, retryMs * 2);
    }
  }

  /** @throws LogUnavailable if it is not connected in time */
  async function connected(): Promise<Connection> {
    if (connection !== undefined) return connection;
    const late = Promise.withResolvers<void>();
    const cancel = clock.after(connectWaitMs, late.resolve);
    closing.signal.addEventListener('abort', () => late.resolve(), { once: true });
    await Promise.race([ready.promise, late.promise]);
    cancel();
    if (connection !== undefined) return connection;
    throw new LogUnavailable(`the database is not connected: ${problem ?? 'it does not respond'}`);
  }

  return {
    get isReady() {
      return connection !== undefined;
    },
    get problem() {
      return problem;
    },
    query(statement) {
      if (closing.signal.aborted) return Promise.reject(new LogUnavailable('the log is closed'));
      running ??= stayConnected();
      return inTurn.post(async () => (await connected()).query(statement));
    },
    reset: () => connection?.destroy(),
    async close() {
      await inTurn.idle();
      closing.abort();
      await connection?.end();
      await running;
    },
  };
}

/** @throws Error of the engine or of the network */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { clock, timeoutMs = 12_000, connectTimeoutMs = 5000 } = options;
  const socket = new Socket();
  const client = new pg.Client({
    ...options.connection,
    keepAlive: true,
    // A firewall forgets a connection that is silent for long, and then drops what is sent on it.
    keepAliveInitialDelayMillis: keepAliveAfterMs,
    stream: () => socket,
    types: { getTypeParser },
  });
  const lost = Promise.withResolvers<void>();
  // An error, the end and the close of the socket may each come alone.
  client.on('error', () => lost.resolve());
  client.on('end', () => lost.resolve());
  socket.on('close', () => lost.resolve());
  client.on('notification', ({ payload = '' }) => options.onNotification?.(payload));

  /** Destroys a connection that does not respond, which rejects what is in progress: a link may be half open. */
  async function limited<T>(limitMs: number, work: () => Promise<T>): Promise<T> {
    const cancel = clock.after(limitMs, () => socket.destroy(new Error(`no response within ${limitMs} ms`)));
    try {
      return await work();
    } finally {
      cancel();
    }
  }

  try {
    await limited(connectTimeoutMs, () => client.connect());
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    lost: lost.promise,
    destroy: () => void socket.destroy(),
    end: () => limited(connectTimeoutMs, () => client.end()).catch(() => undefined),
    async query({ text, values = [], name }) {
      try {
        const result = await limited(timeoutMs, () =>
          client.query<Row>({ text, values: [...values], ...(name === undefined ? {} : { name }) }),
        );
        return result.rows;
      } catch (error) {
        throw databaseError(error);
      }
    },
  };
}

/** OIDs of `bigint` and its arrays: positions and sizes stay far below 2^53. */
const bigintOid = 20;
const bigintArrayOid = 1016;

const getTypeParser: typeof pg.types.getTypeParser = (oid: number, format?: 'text' | 'binary') => {
  if (oid === bigintOid) return Number;
  if (oid === bigintArrayOid) return (text: string) => JSON.parse(`[${text.slice(1, -1)}]`) as never;
  return pg.types.getTypeParser(oid, format) as never;
};
