import { WebSocket } from 'ws';
import type { Clock } from '@stagewire/server/runtime/clock';
import { socketUrl } from '../terminal/socket-url.ts';
import type { WireTap } from './wire-tap.ts';

export interface TappedWebSocketOptions {
  /** Makes the tap of each socket. @default none */
  readonly createTap?: () => WireTap;
  readonly clock: Clock;
  onOpen(): void;
  /** The server to connect to, asked at each connection. @default that of the client */
  readonly addressOf?: () => string;
  /** Limits the read rate, so that the server notices backpressure. @default no limit */
  readonly maxBytesPerSecond?: number | undefined;
}

/** A WebSocket class for one client whose sockets are observed, throttled, and can be destroyed. */
export interface TappedWebSocket {
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Destroys the open socket without a close frame, as a lost network does. Returns whether there was one. */
  drop(): boolean;
}

/** Node's own WebSocket can be neither paused nor destroyed; that of the package `ws` can. */
export function createTappedWebSocket(options: TappedWebSocketOptions): TappedWebSocket {
  const { createTap, clock, onOpen, addressOf, maxBytesPerSecond } = options;
  let current: WebSocket | undefined;

  class Tapped extends WebSocket {
    readonly #tap = createTap?.();

    constructor(url: string | URL, protocols?: string | string[]) {
      const { search } = new URL(url);
      super(addressOf === undefined ? url : socketUrl(addressOf()) + search, protocols, {
        perMessageDeflate: false,
      });
      watch(this, this.#tap);
    }

    /** The client sends only strings, without a callback. */
    override send(data: unknown): void {
      if (typeof data !== 'string') throw new TypeError('the Stagewire client sends only text');
      this.#tap?.sent(data);
      super.send(data);
    }
  }

  function watch(socket: WebSocket, tap: WireTap | undefined): void {
    let readableAt = 0;
    socket.on('open', () => {
      current = socket;
      onOpen();
    });
    socket.on('message', (data: Buffer) => {
      tap?.received(data.toString('utf8'));
      if (maxBytesPerSecond === undefined) return;
      const now = clock.now();
      readableAt = Math.max(now, readableAt) + (data.length * 1000) / maxBytesPerSecond;
      if (socket.isPaused || readableAt - now < 1) return;
      // Pausing stops reads of the TCP socket: the kernel's buffers fill, and then the server's.
      socket.pause();
      clock.after(readableAt - now, () => socket.resume());
    });
  }

  return {
    // The client uses only the members that both classes have.
    WebSocket: Tapped as unknown as typeof globalThis.WebSocket,
    drop() {
      if (current?.readyState !== WebSocket.OPEN) return false;
      current.terminate();
      return true;
    },
  };
}
