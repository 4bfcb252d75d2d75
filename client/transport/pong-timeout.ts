/** The timeout of a pong. */
export interface PongTimeout {
  /** In milliseconds. */
  readonly timeoutMs: number;
  /** A connection was closed because it was silent for this long. */
  grow(): void;
  /** A connection was stable with the shortest timeout. */
  reset(): void;
}

/**
 * A pong is queued after everything that is being sent, and the platform delivers a message only when it is complete.
 * So silence means a dead link, or one large message on a slow link; with a constant timeout that transfer would start
 * again indefinitely. Each closed connection doubles the timeout of the next one.
 */
export function createPongTimeout({
  shortestMs,
  longestMs,
}: {
  shortestMs: number;
  longestMs: number;
}): PongTimeout {
  let timeoutMs = shortestMs;
  return {
    get timeoutMs() {
      return timeoutMs;
    },
    grow() {
      timeoutMs = Math.max(shortestMs, Math.min(longestMs, timeoutMs * 2));
    },
    reset() {
      timeoutMs = shortestMs;
    },
  };
}
