import type { WebSocket } from 'ws';

/** Keeps a socket from being read for as long as anybody wants that. */
export interface ReadHold {
  /** Nothing more is read until `release` with the same reason. */
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
}

/** It is not known who calls; calls wait to be begun; calls wait for others to be answered; answers pile up. */
type HoldReason = 'unknown caller' | 'calls to begin' | 'calls in flight' | 'answers to send';

const bitOf: { readonly [R in HoldReason]: number } = {
  'unknown caller': 1,
  'calls to begin': 2,
  'calls in flight': 4,
  'answers to send': 8,
};

/** Each holder resuming the socket by itself would undo what another has paused. */
export function createReadHold(socket: Pick<WebSocket, 'pause' | 'resume'>): ReadHold {
  return new SocketReadHold(socket);
}

/** Each connection has one, so its reasons are bits and not a set. */
class SocketReadHold implements ReadHold {
  readonly #socket: Pick<WebSocket, 'pause' | 'resume'>;
  #reasons = 0;

  constructor(socket: Pick<WebSocket, 'pause' | 'resume'>) {
    this.#socket = socket;
  }

  hold(reason: HoldReason): void {
    this.#reasons |= bitOf[reason];
    this.#socket.pause();
  }

  release(reason: HoldReason): void {
    if ((this.#reasons & bitOf[reason]) === 0) return;
    this.#reasons &= ~bitOf[reason];
    if (this.#reasons === 0) this.#socket.resume();
  }
}
