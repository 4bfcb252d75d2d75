import type { Unsubscribable } from '@trpc/server/observable';
import { StagewireError } from '@stagewire/shared';
import { createTRPCUntypedClient, wsLink } from '@trpc/client';
import type { BackoffOptions } from './backoff.ts';
import { createCaller, type Call, type CallOptions } from './call.ts';
import { systemClock, type ClientClock } from './client-clock.ts';
import { CLIENT_VERSION } from './client-version.ts';
import { createConnection, type Connection, type ConnectionState, type Token } from './connection.ts';
import { endpointOf } from './endpoint.ts';
import type { EventStream } from './event-stream.ts';
import { feedEvents } from './feed-events.ts';
import type { FeedEvent, Labels, ListInput, RunPage, ServerInfo, StartInput } from './generated/contract.ts';
import { createProcedures, type Procedures } from './procedures.ts';
import { randomRunId } from './random-id.ts';
import type { EventSource, SubscriptionCallbacks } from './resume.ts';
import { createRun, type Run } from './run.ts';
import { createSession, type Session } from './session.ts';
import { verdictOf } from './verdict.ts';

export interface ConnectOptions {
  /** Where the server is: `http://localhost:4600`. `ws:` is taken for `http:`, and `/trpc` may be left out. */
  readonly url: string;
  /** Who asks: a token, or a function that gives the one that is valid now. @default none */
  readonly token?: Token | undefined;
  /** What this client calls itself, for the server's log. @default '@stagewire/client/<version>' */
  readonly clientName?: string | undefined;
  /** How long a call is sent again while there is no answer, in milliseconds. @default 30000 */
  readonly callTimeoutMs?: number | undefined;
  /** How long one reply may take before the call is sent again, in milliseconds. @default 10000 */
  readonly replyTimeoutMs?: number | undefined;
  /** The waits before coming back, for the socket, the subscriptions and the calls. */
  readonly backoff?: BackoffOptions | undefined;
  /** After so long without anything from the server it is asked for a sign of life, in milliseconds. @default 5000 */
  readonly pingIntervalMs?: number | undefined;
  /** How long that sign may take, in milliseconds; it can stand behind a backlog. @default 3000 */
  readonly pongTimeoutMs?: number | undefined;
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
  /** @default the built-in one */
  readonly WebSocket?: typeof WebSocket | undefined;
  /** @default the built-in one */
  readonly fetch?: typeof fetch | undefined;
  /** Draws the waits: a number in [0, 1). @default Math.random */
  readonly random?: (() => number) | undefined;
  /** @default the system's time and timers */
  readonly clock?: ClientClock | undefined;
}

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
  /** The events of all runs, without their text unless asked for. */
  feed(options?: FeedOptions): EventStream<FeedEvent>;
  /** Runs, newest queued first. */
  list(input?: ListInput, options?: CallOptions): Promise<RunPage>;
  info(options?: CallOptions): Promise<ServerInfo>;
  readonly procedures: Procedures;
  /** How the socket for events stands. */
  readonly connection: ConnectionState;
  /** Calls `listener` with every change of `connection`. Returns the way to stop. */
  onConnection(listener: (state: ConnectionState) => void): () => void;
  /** Lets go of sockets and timers; what is under way is rejected with CLOSED. No run is cancelled by it. */
  close(): Promise<void>;
}

/** Makes a client. Nothing is opened before something is asked for; call `close()`, or use `await using`. */
export function connect(options: ConnectOptions): Stagewire {
  const { clock = systemClock, random = Math.random, backoff = {} } = options;
  const endpoint = endpointOf(options.url);
  const session = createSession({ clock, random, backoff });
  const connection = createConnection({
    session,
    url: endpoint.socketUrl,
    token: options.token,
    clientName: options.clientName ?? `@stagewire/client/${CLIENT_VERSION}`,
    WebSocket: options.WebSocket ?? globalThis.WebSocket,
    pingIntervalMs: options.pingIntervalMs ?? 5000,
    pongTimeoutMs: options.pongTimeoutMs ?? 3000,
    closeTimeoutMs: options.closeTimeoutMs ?? 1000,
    openTimeoutMs: options.openTimeoutMs ?? 10_000,
    idleCloseMs: options.idleCloseMs ?? 30_000,
  });
  const call = withRunId(
    session,
    createCaller({
      session,
      url: endpoint.httpUrl,
      token: options.token,
      fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
      callTimeoutMs: options.callTimeoutMs ?? 30_000,
      replyTimeoutMs: options.replyTimeoutMs ?? 10_000,
    }),
  );
  const source = eventSource(session, connection, options.maxWaitingChars ?? 1_000_000);
  const close = async () => {
    session.close();
    await connection.close();
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
      return connection.state;
    },
    onConnection: (listener) => connection.onChange(listener),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** A start without a run id gets one here: only so can it be sent again without making a second run. */
function withRunId(session: Session, call: Call): Call {
  return (path, input, options) => {
    if (path !== 'runs.start') return call(path, input, options);
    const start = input as StartInput;
    return call(path, { ...start, runId: start.runId ?? randomRunId(session.clock.now()) }, options);
  };
}

function eventSource(session: Session, connection: Connection, maxWaitingChars: number): EventSource {
  const client = createTRPCUntypedClient({ links: [wsLink({ client: connection.socket })] });
  return {
    session,
    maxWaitingChars,
    refusal: () => connection.state.error,
    subscribe: (path, input, callbacks: SubscriptionCallbacks): Unsubscribable =>
      client.subscription(path, input, {
        ...callbacks,
        onError(error) {
          const verdict = verdictOf(error);
          if (verdict instanceof StagewireError) connection.noteRefusal(verdict);
          callbacks.onError(error);
        },
        onData: (tracked) => callbacks.onData(tracked as { id: string; data: unknown }),
      }),
  };
}
