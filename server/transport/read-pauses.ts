import type { WebSocket } from 'ws';

/** Pauses reading from a socket while there is a reason to. */
export interface ReadPauses {
  /** Reading is paused until `resume` with the same reason. */
  pause(reason: PauseReason): void;
  resume(reason: PauseReason): void;
}

/**
 * The caller is not authenticated yet; calls wait to start; calls wait for others to be answered; answers are unsent.
 */
type PauseReason = 'unknown caller' | 'calls to begin' | 'calls in flight' | 'answers to send';

const bitOf: { readonly [R in PauseReason]: number } = {
  'unknown caller': 1,
  'calls to begin': 2,
  'calls in flight': 4,
  'answers to send': 8,
};

/** If each caller resumed the socket directly, it would undo the pause of another. */
export function createReadPauses(socket: Pick<WebSocket, 'pause' | 'resume'>): ReadPauses {
  return new SocketReadPauses(socket);
}

/** Each connection has one, so its reasons are bits and not a set. */
class SocketReadPauses implements ReadPauses {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume'>;
  #reasons = 0;

  constructor(socket: Pick<WebSocket, 'pause' | 'resume'>) {
    this.#socket = socket;
  }

  pause(reason: PauseReason): void {
    this.#reasons |= bitOf[reason];
    this.#socket.pause();
  }

  resume(reason: PauseReason): void {
    if ((this.#reasons & bitOf[reason]) === 0) return;
    this.#reasons &= ~bitOf[reason];
    if (this.#reasons === 0) this.#socket.resume();
  }
}
