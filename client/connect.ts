import type { BackoffOptions } from './transport/backoff.ts';
import { createCaller, type Call, type CallOptions } from './transport/call.ts';
import { systemClock, type ClientClock } from './transport/client-clock.ts';
import { CLIENT_VERSION } from './transport/client-version.ts';
import { StagewireClientError } from './transport/client-error.ts';
import { createConnection, type ConnectionOptions, type ConnectionState } from './transport/connection.ts';
import { createConnectionPool } from './transport/connection-pool.ts';
import { endpointOf, type Endpoint } from './transport/endpoint.ts';
import type { EventStream } from './streams/event-stream.ts';
import { feedEvents } from './streams/feed-events.ts';
import type {
  DeleteReceipt,
  FeedEvent,
  Labels,
  ListInput,
  RunPage,
  ServerInfo,
  StartInput,
} from './generated/contract.ts';
import { createProcedures, type Procedures } from './procedures.ts';
import { randomRunId } from './random-id.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { createRun, type Run } from './run.ts';
import { createSession, type Session } from './transport/session.ts';
import { createStarts, type Starts } from './transport/starts.ts';
import type { Token } from './transport/token.ts';
import { createWake } from './transport/wake.ts';

/**
 * The server's address, the caller's credentials, and all limits and timeouts of the client. Only `url` is required.
 */
export interface ConnectOptions {
  /**
   * The server's URL, e.g. `http://localhost:4600`. `ws:` is treated like `http:`, and `/trpc` may be omitted. A user
   * and a password in it are sent to a proxy in front of the server (`authorization: Basic`), and never appear in a
   * message.
   */
  readonly url: string;
  /** The caller's credentials: a token, or a function that returns the current one. @default none */
  readonly token?: Token | undefined;
  /** The name of this client in the server's log. @default '@stagewire/client/<version>' */
  readonly clientName?: string | undefined;
  /** How long a call is retried while there is no reply, in milliseconds. @default 30000 */
  readonly callTimeoutMs?: number | undefined;
  /**
   * Timeout of one attempt of a call, in milliseconds; it starts again with each received chunk of the reply. @default
   * 10000
   */
  readonly replyTimeoutMs?: number | undefined;
  /**
   * The lowest upload rate to expect, in bytes per second: both timeouts above are extended by the time that a call's
   * body needs at that rate. @default 32000
   */
  readonly slowestUploadBytesPerSecond?: number | undefined;
  /** The size limit of a reply, and of a message over the socket, in bytes. @default 134217728 (128 MiB) */
  readonly maxAnswerBytes?: number | undefined;
  /** The exponential backoff with jitter of the socket, the subscriptions and the calls. */
  readonly backoff?: BackoffOptions | undefined;
  /** The client sends a ping after this time without a message from the server, in milliseconds. @default 5000 */
  readonly pingIntervalMs?: number | undefined;
  /**
   * Timeout of the pong, in milliseconds: it is queued after all data that is being sent. Each connection that this
   * timeout closes doubles it for the next connection, so that a slow link can receive a large message. @default 10000
   */
  readonly pongTimeoutMs?: number | undefined;
  /** The upper limit of that timeout, in milliseconds. @default 120000 */
  readonly longestPongTimeoutMs?: number | undefined;
  /** Timeout of the close handshake, in milliseconds. @default 1000 */
  readonly closeTimeoutMs?: number | undefined;
  /** Timeout for opening a socket, in milliseconds. @default 10000 */
  readonly openTimeoutMs?: number | undefined;
  /** How long the socket stays open without a subscription, in milliseconds. @default 30000 */
  readonly idleCloseMs?: number | undefined;
  /**
   * Buffer limit of the feed, and of a run's events with `from` or `include`, in chars (UTF-16 code units). Above it
   * the subscription is paused until the whole buffer has been consumed; then it resumes. @default 1000000
   */
  readonly maxWaitingChars?: number | undefined;
  /** The maximum number of sockets, each with up to as many subscriptions as the server allows. @default 8 */
  readonly maxConnections?: number | undefined;
  /** The WebSocket class. @default the built-in one */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** The fetch function. @default the built-in one */
  readonly fetch?: typeof fetch | undefined;
  /** The random source of the jitter: returns a number in [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** The clock and its timers, for tests. @default the system clock */
  readonly clock?: ClientClock | undefined;
}

/** Which part of the feed is read, and from where. */
export interface FeedOptions {
  /** Start after this cursor. @default now; the first event, `feed.opened`, has the cursor */
  readonly from?: string | undefined;
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** Include text: each run's deltas, coalesced over up to 250 ms. @default false */
  readonly text?: boolean | undefined;
  /** Ends the stream; the iteration rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** A client of one server. */
export interface Stagewire extends AsyncDisposable {
  /**
   * Queues a run and returns its handle when the run is durable. The call is retried with the same run id until there
   * is a reply, so it never creates two runs. With `from` it starts from a run that has ended, whose task, models and
   * labels are then the defaults: a follow-up, a rerun from a stage, or a fork of an attempt.
   *
   * @throws StagewireError INVALID_INPUT, RUN_ID_CONFLICT, OVERLOADED, DRAINING and others of the error table; with
   * `from` also RUN_NOT_FOUND, RUN_EXPIRED, RUN_UNREADABLE, RUN_NOT_ENDED, ATTEMPT_NOT_FOUND.
   * @throws StagewireClientError OUTCOME_UNKNOWN, with the run id in `details`.
   */
  start(input: StartInput, options?: CallOptions): Promise<Run>;
  /** The handle of an existing run. It makes no call; an unknown id is reported by its methods. */
  run(runId: string): Run;
  /**
   * The events of all runs of the caller, without text unless requested, until the loop ends. After a lost socket or a
   * restart of the server it resumes after the last event.
   *
   * @throws StagewireError CURSOR_INVALID, UNAUTHENTICATED, FORBIDDEN, PROTOCOL_MISMATCH, during the iteration.
   * @throws StagewireClientError CLOSED after `close()`.
   */
  feed(options?: FeedOptions): EventStream<FeedEvent>;
  /** Deletes a run that has ended, with all its data: `run(runId).delete()`. @throws the errors of that method. */
  delete(runId: string, options?: CallOptions): Promise<DeleteReceipt>;
  /**
   * A page of runs, newest first; `next` of a page is `before` of the following one. `search` selects runs by words of
   * their task, their labels or their id.
   *
   * @throws StagewireError INVALID_INPUT.
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  list(input?: ListInput, options?: CallOptions): Promise<RunPage>;
  /**
   * The server's versions, roles, models and limits.
   *
   * @throws StagewireClientError UNREACHABLE if there was no reply before the deadline.
   */
  info(options?: CallOptions): Promise<ServerInfo>;
  /** Every procedure of the contract under its own name, including those without a method here. */
  readonly procedures: Procedures;
  /** The state of the socket for events. */
  readonly connection: ConnectionState;
  /** Calls `listener` with every change of `connection`. Returns a function that removes it. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Closes sockets and timers; pending calls reject with CLOSED. Runs continue. */
  close(): Promise<void>;
}

/**
 * Creates a client. It opens no connection before the first call or subscription. When done, call `close()`, or use `await using`.
 *
 * @throws StagewireClientError INVALID_URL
 */
export function connect(options: ConnectOptions): Stagewire {
  const {
    clock = systemClock,
    random = Math.random,
    backoff = {},
    token,
    maxAnswerBytes = 134_217_728,
  } = options;
  const endpoint = endpointOf(options.url);
  if (token !== undefined && endpoint.authorization !== undefined) {
    const message =
      'The url contains a user, and a token is also given, but a request can carry only one of them. Remove one.';
    throw new StagewireClientError('INVALID_URL', message);
  }
  const session = createSession({ clock, random, backoff, wake: createWake() });
  const starts = createStarts();
  const caller = createCaller({
    session,
    url: endpoint.httpUrl,
    token,
    authorization: endpoint.authorization,
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
    callTimeoutMs: options.callTimeoutMs ?? 30_000,
    replyTimeoutMs: options.replyTimeoutMs ?? 10_000,
    slowestUploadBytesPerSecond: options.slowestUploadBytesPerSecond ?? 32_000,
    maxAnswerBytes,
  });
  const pool = createConnectionPool({
    maxConnections: options.maxConnections ?? 8,
    make: () =>
      createConnection({
        session,
        ...socketAddress(endpoint),
        token,
        clientName: options.clientName ?? `@stagewire/client/${CLIENT_VERSION}`,
        WebSocket: options.WebSocket ?? globalThis.WebSocket,
        pingIntervalMs: options.pingIntervalMs ?? 5000,
        pongTimeoutMs: options.pongTimeoutMs ?? 10_000,
        longestPongTimeoutMs: options.longestPongTimeoutMs ?? 120_000,
        closeTimeoutMs: options.closeTimeoutMs ?? 1000,
        openTimeoutMs: options.openTimeoutMs ?? 10_000,
        idleCloseMs: options.idleCloseMs ?? 30_000,
        maxMessageChars: maxAnswerBytes,
        probe: () => caller.probe(),
      }),
  });
  const call = inOrder(caller.call, { session, starts });
  const { maxWaitingChars = 1_000_000 } = options;
  const { refusal, isFinal, openTrouble, subscribe } = pool;
  const source: SubscriptionTransport = {
    session,
    starts,
    maxWaitingChars,
    refusal,
    isFinal,
    openTrouble,
    subscribe,
  };
  const close = async () => {
    session.close();
    await pool.close();
  };

  return {
    async start(input, callOptions) {
      const { runId } = await call('runs.start', input, callOptions);
      return createRun(runId, { call, source });
    },
    run: (runId) => createRun(runId, { call, source }),
    feed: ({ from, labels, text, signal } = {}) =>
      feedEvents(source, { lastEventId: from, labels, ...(text === true && { include: { text } }) }, signal),
    delete: (runId, callOptions) => call('runs.delete', { runId }, callOptions),
    list: (input = {}, callOptions) => call('runs.list', input, callOptions),
    info: (callOptions) => call('server.info', undefined, callOptions),
    procedures: createProcedures({ call, source }),
    get connection() {
      return pool.state;
    },
    onConnection: (listener) => pool.onChange(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * A start without a run id gets one here, so that a retry does not create a second run. All other calls for a run wait
 * while this client's start of it is pending: they could arrive first and would not find the run.
 */
function inOrder(call: Call, { session, starts }: { session: Session; starts: Starts }): Call {
  return async (path, input, options) => {
    if (path !== 'runs.start') {
      const runId = input !== undefined && 'runId' in input ? input.runId : undefined;
      const start = runId === undefined ? undefined : starts.pending(runId);
      if (start !== undefined) await unlessAborted(start, options?.signal);
      return await call(path, input, options);
    }
    const given = input as StartInput;
    const runId = given.runId ?? randomRunId(session.clock.now());
    const receipt = call(path, { ...given, runId }, options);
    starts.note(runId, receipt);
    return await receipt;
  };
}

/** Resolves with the promise, or when the signal aborts; never rejects. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    void promise.then(resolve);
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** How the credentials of a proxy are sent when the socket opens. */
function socketAddress(endpoint: Endpoint): Pick<ConnectionOptions, 'url' | 'headers'> {
  const { socketUrl, socketUrlWithUser, authorization } = endpoint;
  if (authorization === undefined) return { url: socketUrl, headers: undefined };
  const isBrowser = 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
  return isBrowser && socketUrlWithUser !== undefined
    ? { url: socketUrlWithUser, headers: undefined }
    : { url: socketUrl, headers: { authorization } };
}
