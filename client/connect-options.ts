import type { BackoffOptions } from './transport/backoff.ts';
import type { ClientClock } from './transport/client-clock.ts';
import type { OnUnauthenticated } from './transport/renewal.ts';
import type { Token } from './transport/token.ts';

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
  /** More headers of every call over HTTP. Browsers send none when a socket opens. @default none */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Returns a ticket for a new socket, for a page whose credentials are in a cookie: the server accepts no cookie alone
   * there. It is called before each socket opens, and again after a backoff if it rejects; `undefined` opens a socket
   * without a ticket. @default none
   */
  readonly ticket?: (() => Promise<string | undefined>) | undefined;
  /**
   * Called when the server rejects the caller as UNAUTHENTICATED, at the start or later; once for all calls and sockets
   * with the same credentials. Let it ask the user to sign in. While its promise is pending, they wait; when it resolves,
   * calls are sent again (up to three times each), and subscriptions resume from their cursors. If it rejects, they fail
   * with the error of the server. @default they fail
   */
  readonly onUnauthenticated?: OnUnauthenticated | undefined;
  /**
   * How events arrive. Commands are requests over HTTP in any case.
   *
   * - `ws`: over WebSockets
   * - `sse`: as server-sent events in responses that `fetch` reads
   * - `auto`: over WebSockets; and as server-sent events if two WebSockets in a row do not open, or are silent, while the
   *   server answers over HTTP. Then a WebSocket is tried every `webSocketRetryMs`, and used as soon as it works
   *
   * A change of transport loses and repeats no event. @default 'auto'
   */
  readonly transport?: 'auto' | 'ws' | 'sse' | undefined;
  /** How often a WebSocket is tried while events arrive over HTTP, in milliseconds. @default 60000 */
  readonly webSocketRetryMs?: number | undefined;
  /**
   * The maximum number of event streams over HTTP at the same time. Over HTTP/1.1 a browser has six connections to a host,
   * for all its tabs, and commands need some of them. More subscriptions take turns. @default 3
   */
  readonly maxStreams?: number | undefined;
  /** How long an event stream stays open at least while other subscriptions wait for a turn, in milliseconds. @default 2000 */
  readonly streamTurnMs?: number | undefined;
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
