import type { Clock } from '../../runtime/clock.ts';
import type { PacingSocket } from '../paced-socket.ts';

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** Idle time after which a ping is sent. @default 25000 */
  readonly pingMs?: number;
  /** How long a peer may take to answer: long enough for a ping that is queued after a backlog. @default 35000 */
  readonly pongWaitMs?: number;
  /** The backlog before the ping counts as flowing at this average rate over `pongWaitMs`. @default 1000 */
  readonly minReaderBytesPerSecond?: number;
}

/** The keep-alive of one socket. */
export interface KeepAlive {
  /** A sign of life came: a pong or a message. */
  alive(): void;
  /** The socket is closed. */
  end(): void;
}

/**
 * Pings the peer with control frames, which every WebSocket library answers automatically, and terminates it when no
 * sign of life comes back and what waits before the ping does not flow.
 *
 * tRPC's own keep-alive is a text frame `PING`: it breaks the JSON parser of a simple bot and, unanswered, closes it.
 */
export function createKeepAlive(socket: PacingSocket, options: KeepAliveOptions): KeepAlive {
  return new PingingKeepAlive(socket, options);
}

class PingingKeepAlive implements KeepAlive {
  readonly #socket: PacingSocket;
  readonly #options: KeepAliveOptions;
  #cancel: () => void;
  #waiting = false;

  constructor(socket: PacingSocket, options: KeepAliveOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#cancel = this.#pingLater();
  }

  alive(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#cancel();
    this.#cancel = this.#pingLater();
  }

  end(): void {
    this.#cancel();
  }

  #pingLater(): () => void {
    const { clock, pingMs = 25_000 } = this.#options;
    return clock.after(pingMs, () => {
      this.#waiting = true;
      this.#socket.ping();
      this.#awaitPong(this.#socket.writtenBytes);
    });
  }

  /** @param pingEnd Offset of the end of the ping in the written bytes: bytes flushed after it are no sign of life. */
  #awaitPong(pingEnd: number): void {
    const { clock, pongWaitMs = 35_000, minReaderBytesPerSecond = 1000 } = this.#options;
    const leastTakenBytes = (minReaderBytesPerSecond * pongWaitMs) / 1000;
    const { flushedBytes } = this.#socket;
    this.#cancel = clock.after(pongWaitMs, () => {
      // After a turn: an answer that arrived while the event loop was busy, or the machine suspended, is still unread.
      clock.turn(() => {
        if (!this.#waiting) return;
        // There may have been fewer bytes before the ping than the minimum rate flushes in this time.
        const minBytes = Math.min(leastTakenBytes, pingEnd - flushedBytes);
        const flows = this.#socket.flushedBytes - flushedBytes >= minBytes;
        if (flushedBytes < pingEnd && flows) this.#awaitPong(pingEnd);
        else this.#socket.terminate();
      });
    });
  }
}
