import type { WebSocket } from 'ws';

/** Keeps a socket from being read for as long as anybody wants that. */
export interface ReadHold {
  /** Nothing more is read until `release` with the same reason. */
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
}

/** It is not known who calls; calls wait to be begun; calls wait for others to be answered; answers pile up. */
type HoldReason = 'unknown caller' | 'calls to begin' | 'calls in flight' | 'answers to send';

/** Each holder resuming the socket by itself would undo what another has paused. */
export function createReadHold(socket: Pick<WebSocket, 'pause' | 'resume'>): ReadHold {
  const reasons = new Set<HoldReason>();
  return {
    hold(reason) {
      reasons.add(reason);
      socket.pause();
    },
    release(reason) {
      if (reasons.delete(reason) && reasons.size === 0) socket.resume();
    },
  };
}
