import { createTappedFetch } from './tapped-fetch.ts';
import type { TappedTransportOptions } from './tapped-transport-options.ts';
import { createTappedWebSocket } from './tapped-web-socket.ts';
import { createWireTap } from './wire-tap.ts';

/** The WebSocket class and the fetch function of one client: whichever carries its events is observed. */
export interface TappedTransport {
  readonly WebSocket: typeof globalThis.WebSocket;
  readonly fetch: typeof globalThis.fetch;
  /** Destroys the open connection for events, as a lost network does. Returns whether there was one. */
  drop(): boolean;
}

export function createTappedTransport(options: TappedTransportOptions): TappedTransport {
  const socket = createTappedWebSocket({ ...options, createTap: () => createWireTap(options.ledger) });
  const stream = createTappedFetch(options);
  return {
    WebSocket: socket.WebSocket,
    fetch: stream.fetch,
    drop: () => socket.drop() || stream.drop(),
  };
}
