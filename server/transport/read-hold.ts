import type { PacingSocket } from './paced-socket.ts';

/** Keeps a socket from being read for as long as anybody wants that. */
export interface ReadHold {
  /** Nothing more is read until `release` with the same reason. Again, it pauses a socket that others have resumed. */
  hold(reason: HoldReason): void;
  release(reason: HoldReason): void;
}

/** It is not known who calls; calls wait to be begun; calls wait for others to be answered. */
type HoldReason = 'unknown caller' | 'calls to begin' | 'calls in flight';

/** Each holder resuming the socket by itself would undo what another has paused. */
export function createReadHold(socket: Pick<PacingSocket, 'pause' | 'resume'>): ReadHold {
  const reasons = new Set<HoldReason>();
  return {
    hold(reason) {
      reasons.add(reason);
      socket.pause();
    },
    release(reason) {
      reasons.delete(reason);
      if (reasons.size === 0) socket.resume();
    },
  };
}
