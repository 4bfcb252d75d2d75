import type { WebSocket } from 'ws';
import type { Clock } from '../runtime/clock.ts';

export interface KeepAliveOptions {
  readonly clock: Clock;
  /** How long after the last sign of life the next ping goes out. @default 25000 */
  readonly pingMs?: number;
  /** How long a peer may take to answer: long enough for a ping that stands behind a backlog. @default 35000 */
  readonly pongWaitMs?: number;
}

/**
 * Pings the peer with control frames, which every WebSocket library answers by itself, and terminates it when no
 * sign of life comes back. Ends with the socket.
 *
 * tRPC's own keep-alive is a text frame `PING`: it breaks the JSON parser of a bare bot and, unanswered, closes it.
 */
export function keepAlive(socket: WebSocket, options: KeepAliveOptions): void {
  const { clock, pingMs = 25_000, pongWaitMs = 35_000 } = options;
  let cancel = clock.after(pingMs, ping);
  let waiting = false;

  function ping(): void {
    waiting = true;
    socket.ping();
    cancel = clock.after(pongWaitMs, () => {
      // After a turn: an answer that came while the event loop was busy, or the machine asleep, is still unread.
      clock.turn(() => {
        if (waiting) socket.terminate();
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
