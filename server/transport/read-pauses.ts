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

/** If each caller resumed the socket directly, it would undo the pause of another. */
export function createReadPauses(socket: Pick<WebSocket, 'pause' | 'resume'>): ReadPauses {
  const reasons = new Set<PauseReason>();
  return {
    pause(reason) {
      reasons.add(reason);
      socket.pause();
    },
    resume(reason) {
      if (reasons.delete(reason) && reasons.size === 0) socket.resume();
    },
  };
}
