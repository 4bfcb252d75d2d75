import type { Clock } from '../../runtime/clock.ts';
import type { PacingSocket } from '../paced-socket.ts';

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** How long after the last sign of life the next ping goes out. @default 25000 */
  readonly pingMs?: number;
  /** How long a peer may take to answer: long enough for a ping that stands behind a backlog. @default 35000 */
  readonly pongWaitMs?: number;
  /** What waits before the ping flows if so much of it is taken on an average of `pongWaitMs`. @default 1000 */
  readonly minReaderBytesPerSecond?: number;
}

/**
 * Pings the peer with control frames, which every WebSocket library answers by itself, and terminates it when no
 * sign of life comes back and what waits before the ping does not flow. Ends with the socket.
 *
 * tRPC's own keep-alive is a text frame `PING`: it breaks the JSON parser of a bare bot and, unanswered, closes it.
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

  /** @param pingEnd Where the ping ends in what is written: what is taken beyond it says nothing of the peer. */
  function awaitPong(pingEnd: number): void {
    const { takenBytes } = socket;
    cancel = clock.after(pongWaitMs, () => {
      // After a turn: an answer that came while the event loop was busy, or the machine asleep, is still unread.
      clock.turn(() => {
        if (!waiting) return;
        const flows = socket.takenBytes - takenBytes >= leastTakenBytes;
        if (takenBytes < pingEnd && flows) awaitPong(pingEnd);
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
