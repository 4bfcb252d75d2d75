/** How long a connection may be silent after it was asked for a sign of life. */
export interface Patience {
  /** In milliseconds. */
  readonly waitMs: number;
  /** A connection was given up since it was silent for so long. */
  grow(): void;
  /** A connection has shown that the shortest wait is enough. */
  reset(): void;
}

/**
 * The sign of life stands behind what is being sent, and the platform does not show a message before it is whole. So a
 * silence is a dead link, or one large message on a slow link; given up each time after the same wait, that message
 * would be begun again for ever. Each connection given up doubles the wait of the next.
 */
export function createPatience({
  shortestMs,
  longestMs,
}: {
  shortestMs: number;
  longestMs: number;
}): Patience {
  let waitMs = shortestMs;
  return {
    get waitMs() {
      return waitMs;
    },
    grow() {
      waitMs = Math.max(shortestMs, Math.min(longestMs, waitMs * 2));
    },
    reset() {
      waitMs = shortestMs;
    },
  };
}
