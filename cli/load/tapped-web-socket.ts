import { WebSocket } from 'ws';
import type { Clock } from '@stagewire/server/runtime/clock';
import type { WireTap } from './wire-tap.ts';

export interface TappedWebSocketOptions {
  readonly tap: WireTap;
  readonly clock: Clock;
  onOpen(): void;
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
  const { tap, clock, onOpen, maxBytesPerSecond } = options;
  let current: WebSocket | undefined;

  class Tapped extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { perMessageDeflate: false });
      watch(this);
    }

    /** The client sends only strings, without a callback. */
    override send(data: unknown): void {
      if (typeof data !== 'string') throw new TypeError('the Stagewire client sends only text');
      tap.sent(data);
      super.send(data);
    }
  }

  function watch(socket: WebSocket): void {
    let readableAt = 0;
    socket.on('open', () => {
      current = socket;
      onOpen();
    });
    socket.on('message', (data: Buffer) => {
      tap.received(data.toString('utf8'));
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
