import { WebSocket } from 'ws';
import type { Clock } from '../../runtime/clock.ts';
import type { WireTap } from './wire-tap.ts';

export interface TappedWebSocketOptions {
  readonly tap: WireTap;
  readonly clock: Clock;
  onOpen(): void;
  /** Reads no faster than this, so that the server's side backs up. @default as fast as it comes */
  readonly maxBytesPerSecond?: number | undefined;
}

/** A WebSocket class for one client, whose sockets are looked into, throttled, and can be destroyed. */
export interface TappedWebSocket {
  readonly WebSocket: typeof globalThis.WebSocket;
  /** Destroys the open socket as a lost network would, without a close. Was there one? */
  drop(): boolean;
}

/** Node's own WebSocket can be neither paused nor destroyed; that of `ws` can. */
export function createTappedWebSocket(options: TappedWebSocketOptions): TappedWebSocket {
  const { tap, clock, onOpen, maxBytesPerSecond } = options;
  let current: WebSocket | undefined;

  class Tapped extends WebSocket {
    #readableAt = 0;

    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols, { perMessageDeflate: false });
      this.on('open', () => {
        current = this;
        onOpen();
      });
      this.on('message', (data: Buffer) => {
        tap.received(data.toString('utf8'));
        if (maxBytesPerSecond !== undefined) this.#rest((data.length * 1000) / maxBytesPerSecond);
      });
    }

    override send(...args: Parameters<WebSocket['send']>): void {
      tap.sent(String(args[0]));
      super.send(...args);
    }

    /** Pausing stops the reading of the TCP socket, so the kernel's buffers fill, and then the server's. */
    #rest(restMs: number): void {
      const now = clock.now();
      this.#readableAt = Math.max(now, this.#readableAt) + restMs;
      if (this.isPaused || this.#readableAt - now < 1) return;
      this.pause();
      clock.after(this.#readableAt - now, () => this.resume());
    }
  }

  return {
    // Of the interface the client uses what both have.
    WebSocket: Tapped as unknown as typeof globalThis.WebSocket,
    drop() {
      if (current?.readyState !== WebSocket.OPEN) return false;
      current.terminate();
      return true;
    },
  };
}
