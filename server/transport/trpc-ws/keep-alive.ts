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

/**
 * Pings the peer with control frames, which every WebSocket library answers automatically, and terminates it when no
 * sign of life comes back and the bytes before the ping do not flow. Ends with the socket.
 *
 * tRPC's own keep-alive is a text frame `PING`: it breaks the JSON parser of a simple bot and, unanswered, closes it.
 */
export function keepAlive(socket: PacingSocket, options: KeepAliveOptions): void {
  const { clock, pingMs = 25_000, pongWaitMs = 35_000, minReaderBytesPerSecond = 1000 } = options;
  const leastTakenBytes = (minReaderBytesPerSecond * pongWaitMs) / 1000;
  let cancel = clock.after(pingMs, ping);
  let waiting = false;

  function ping(): void {
    waiting = true;
    socket.ping();
    awaitPong(socket.writtenBytes);
  }

  /** @param pingEnd Offset of the end of the ping in the written bytes: bytes flushed after it are no sign of life. */
  function awaitPong(pingEnd: number): void {
    const { flushedBytes } = socket;
    cancel = clock.after(pongWaitMs, () => {
      // After a turn: an answer that arrived while the event loop was busy, or the machine suspended, is still unread.
      clock.turn(() => {
        if (!waiting) return;
        const flows = socket.flushedBytes - flushedBytes >= leastTakenBytes;
        if (flushedBytes < pingEnd && flows) awaitPong(pingEnd);
        else socket.terminate();
      });
    });
  }

  function alive(): void {
    if (!waiting) return;
    waiting = false;
    cancel();
    cancel = clock.after(pingMs, ping);
  }

  socket.on('pong', alive);
  socket.on('message', alive);
  socket.once('close', () => cancel());
}
