import type { StagewireError } from '@stagewire/shared';
import type { StagewireClientError } from './client-error.ts';

/** The state of the connection for events. Commands do not need it: each is a request over HTTP. */
export interface ConnectionState {
  /**
   * - `idle`: there is no subscription, and so no connection
   * - `connecting`: the first connection is being opened
   * - `open`
   * - `lost`: the connection is lost; the client reconnects, and subscriptions resume from their last cursor
   * - `refused`: rejected permanently (`error` has the reason); the client does not reconnect before a new subscription
   * - `closed`: by `close()`
   */
  readonly status: 'idle' | 'connecting' | 'open' | 'lost' | 'refused' | 'closed';
  /**
   * When this state began; for `lost`, and for `open` with the error SILENT, when the last message arrived. In
   * milliseconds since the Unix epoch, and 0 if nothing has been opened.
   */
  readonly since: number;
  /** How events arrive: over a WebSocket, or as server-sent events over HTTP. See `ConnectOptions.transport`. */
  readonly transport: 'ws' | 'sse';
  /**
   * Why no events arrive, once that is known; its message is meant for users.
   *
   * - `refused`: the server's UNAUTHENTICATED, FORBIDDEN or PROTOCOL_MISMATCH, or NOT_STAGEWIRE
   * - `connecting`, `lost`: UNREACHABLE (no reply over HTTP either), NO_EVENTS (HTTP works, but neither WebSockets nor
   *   event streams), NO_WEBSOCKET (the same with `transport: 'ws'`), NOT_STAGEWIRE (a proxy or another server responds),
   *   or a temporary error of the server
   * - `open`: SILENT (a ping is unanswered), or a temporary error of a subscription, e.g. OVERLOADED; it is retried
   */
  readonly error?: StagewireError | StagewireClientError;
}
