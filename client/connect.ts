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
import type { FeedEvent, Labels, ListInput, RunPage, ServerInfo, StartInput } from './generated/contract.ts';
import { createProcedures, type Procedures } from './procedures.ts';
import { randomRunId } from './random-id.ts';
import type { SubscriptionTransport } from './streams/resume.ts';
import { createRun, type Run } from './run.ts';
import { createSession, type Session } from './transport/session.ts';
import { createStarts, type Starts } from './transport/starts.ts';
import type { Token } from './transport/token.ts';
import { createWake } from './transport/wake.ts';

/** Where the server is, who asks, and how long the client waits for what. Only `url` is required. */
export interface ConnectOptions {
  /**
   * Where the server is: `http://localhost:4600`. `ws:` is taken for `http:`, and `/trpc` may be left out. A user and a
   * password in it are given to a proxy in front of the server (`authorization: Basic`), and never shown in a message.
   */
  readonly url: string;
  /** Who asks: a token, or a function that gives the one that is valid now. @default none */
  readonly token?: Token | undefined;
  /** What this client calls itself, for the server's log. @default '@stagewire/client/<version>' */
  readonly clientName?: string | undefined;
  /** How long a call is sent again while there is no answer, in milliseconds. @default 30000 */
  readonly callTimeoutMs?: number | undefined;
  /** How long a reply may be silent before the call is sent again, in milliseconds; each piece that comes begins the wait anew. @default 10000 */
  readonly replyTimeoutMs?: number | undefined;
  /**
   * How slow the way to the server may be, in bytes per second: both times above are longer by what a call's body takes
   * at that pace. @default 32000
   */
  readonly slowestUploadBytesPerSecond?: number | undefined;
  /** The longest answer, or message over the socket, that is taken, in bytes. @default 134217728 (128 MiB) */
  readonly maxAnswerBytes?: number | undefined;
  /** The waits before coming back, for the socket, the subscriptions and the calls. */
  readonly backoff?: BackoffOptions | undefined;
  /** After so long without anything from the server it is asked for a sign of life, in milliseconds. @default 5000 */
  readonly pingIntervalMs?: number | undefined;
  /**
   * How long that sign may take, in milliseconds: it stands behind whatever is being sent. Each connection that is given
   * up for it doubles the wait of the next, so that a slow link gets past a large message. @default 10000
   */
  readonly pongTimeoutMs?: number | undefined;
  /** The longest that this wait becomes, in milliseconds. @default 120000 */
  readonly longestPongTimeoutMs?: number | undefined;
  /** How long the server may take to answer a close, in milliseconds. @default 1000 */
  readonly closeTimeoutMs?: number | undefined;
  /** How long a socket may take to open, in milliseconds. @default 10000 */
  readonly openTimeoutMs?: number | undefined;
  /** How long the socket stays open when nothing is followed any more, in milliseconds. @default 30000 */
  readonly idleCloseMs?: number | undefined;
  /**
   * How much of the feed, or of a run's events `from` somewhere, may wait for its reader, in UTF-16 units. Beyond
   * that nothing more is asked for until all of it is read; then it goes on from there. @default 1000000
   */
  readonly maxWaitingChars?: number | undefined;
  /** So many sockets at most, each with up to as many subscriptions as the server allows. @default 8 */
  readonly maxConnections?: number | undefined;
  /** The class of sockets. @default the built-in one */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** What requests are made with. @default the built-in one */
  readonly fetch?: typeof fetch | undefined;
  /** Draws the waits: a number in [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** Time and timers, for tests. @default those of the system */
  readonly clock?: ClientClock | undefined;
}

/** Which part of the feed is read. */
export interface FeedOptions {
  /** Begin behind this cursor. @default now; the first event, `feed.opened`, says where that is */
  readonly from?: string | undefined;
  /** Only runs that have all of these labels. @default all */
  readonly labels?: Labels | undefined;
  /** Text too: each run's deltas, merged over up to 250 ms. @default false */
  readonly text?: boolean | undefined;
  /** Ends the stream with the signal's reason as an error. */
  readonly signal?: AbortSignal | undefined;
}

/** A client of one server. */
export interface Stagewire extends AsyncDisposable {
  /**
   * Queues a run and hands back its handle when the run is durable. Sent again with the same run id until there is
   * an answer, so it never makes two.
   *
   * @throws StagewireError INVALID_INPUT, RUN_ID_CONFLICT, OVERLOADED, DRAINING and others of the error table.
   * @throws StagewireClientError OUTCOME_UNKNOWN, with the run id in `details`.
   */
  start(input: StartInput, options?: CallOptions): Promise<Run>;
  /** The handle of a run that exists. Asks nothing; an unknown id is told by what is done with it. */
  run(runId: string): Run;
  /**
   * The events of all runs of the caller, without their text unless asked for, until the loop is left. Over lost sockets
   * and restarts it continues after the last event.
   *
   * @throws StagewireError CURSOR_INVALID, UNAUTHENTICATED, FORBIDDEN, PROTOCOL_MISMATCH, while it is read.
   * @throws StagewireClientError CLOSED after `close()`.
   */
  feed(options?: FeedOptions): EventStream<FeedEvent>;
  /**
   * A page of runs, newest queued first; `next` of a page is `before` of the following one.
   *
   * @throws StagewireError INVALID_INPUT.
   * @throws StagewireClientError UNREACHABLE if no answer came in time.
   */
  list(input?: ListInput, options?: CallOptions): Promise<RunPage>;
  /**
   * What the server is: its versions, roles, models and limits.
   *
   * @throws StagewireClientError UNREACHABLE if no answer came in time.
   */
  info(options?: CallOptions): Promise<ServerInfo>;
  /** Every procedure of the contract under its own name, for what has no method here. */
  readonly procedures: Procedures;
  /** How the socket for events stands. */
  readonly connection: ConnectionState;
  /** Calls `listener` with every change of `connection`. Returns the way to stop. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Lets go of sockets and timers; what is under way is rejected with CLOSED. No run is cancelled by it. */
  close(): Promise<void>;
}

/**
 * Makes a client. Nothing is opened before something is asked for; call `close()`, or use `await using`.
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
    const message = 'The url has a user, and a token is given too: a request can carry only one of them.';
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
 * A start without a run id gets one here: only so can it be sent again without making a second run. Whatever else is
 * asked of a run waits while its start is under way here, since it could be there first and would find no run.
 */
function inOrder(call: Call, { session, starts }: { session: Session; starts: Starts }): Call {
  return async (path, input, options) => {
    if (path !== 'runs.start') {
      const runId = input !== undefined && 'runId' in input ? input.runId : undefined;
      const start = runId === undefined ? undefined : starts.underWay(runId);
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

/** Resolves with the promise, or when the signal aborts; it never rejects. */
function unlessAborted(promise: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    void promise.then(resolve);
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** How the socket says who opens it, where a proxy asks. */
function socketAddress(endpoint: Endpoint): Pick<ConnectionOptions, 'url' | 'headers'> {
  const { socketUrl, socketUrlWithUser, authorization } = endpoint;
  if (authorization === undefined) return { url: socketUrl, headers: undefined };
  const isBrowser = 'document' in globalThis || 'WorkerGlobalScope' in globalThis;
  return isBrowser && socketUrlWithUser !== undefined
    ? { url: socketUrlWithUser, headers: undefined }
    : { url: socketUrl, headers: { authorization } };
}
