import type { Clock } from '../../runtime/clock.ts';
import { DelayedItem, SharedDelay } from '../../runtime/shared-delay.ts';
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
 *
 * @returns begins the keep-alive of a socket.
 */
export function createKeepAlives(options: KeepAliveOptions): (socket: PacingSocket) => KeepAlive {
  const { clock, pingMs = 25_000 } = options;
  const pings = new SharedDelay(clock, pingMs);
  return (socket) => new PingingKeepAlive(socket, options, pings);
}

class PingingKeepAlive extends DelayedItem implements KeepAlive {
  readonly #socket: PacingSocket;
  readonly #options: KeepAliveOptions;
  readonly #pings: SharedDelay;
  /** `undefined` while no pong is awaited. */
  #cancelPongWait: (() => void) | undefined = undefined;

  constructor(socket: PacingSocket, options: KeepAliveOptions, pings: SharedDelay) {
    super();
    this.#socket = socket;
    this.#options = options;
    this.#pings = pings;
    pings.add(this);
  }

  alive(): void {
    if (this.#cancelPongWait === undefined) return;
    this.#stopWaiting();
    this.#pings.add(this);
  }

  end(): void {
    this.#stopWaiting();
    this.#pings.remove(this);
  }

  /** A ping is due. */
  override onDue(): void {
    this.#socket.ping();
    this.#awaitPong(this.#socket.writtenBytes);
  }

  #stopWaiting(): void {
    this.#cancelPongWait?.();
    this.#cancelPongWait = undefined;
  }

  /** @param pingEnd Offset of the end of the ping in the written bytes: bytes flushed after it are no sign of life. */
  #awaitPong(pingEnd: number): void {
    const { clock, pongWaitMs = 35_000, minReaderBytesPerSecond = 1000 } = this.#options;
    const leastTakenBytes = (minReaderBytesPerSecond * pongWaitMs) / 1000;
    const { flushedBytes } = this.#socket;
    this.#cancelPongWait = clock.after(pongWaitMs, () => {
      // After a turn: an answer that arrived while the event loop was busy, or the machine suspended, is still unread.
      clock.turn(() => {
        if (this.#cancelPongWait === undefined) return;
        // There may have been fewer bytes before the ping than the minimum rate flushes in this time.
        const minBytes = Math.min(leastTakenBytes, pingEnd - flushedBytes);
        const flows = this.#socket.flushedBytes - flushedBytes >= minBytes;
        if (flushedBytes < pingEnd && flows) this.#awaitPong(pingEnd);
        else this.#socket.terminate();
      });
    });
  }
}
