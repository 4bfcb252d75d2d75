import { createContext, useContext } from 'react';

/** One measurement of the server's time. The local instants are by a monotonic clock. */
export interface TimeSample {
  readonly sentAtMs: number;
  readonly receivedAtMs: number;
  /** Milliseconds since the Unix epoch, by the server's clock, between the two local instants. */
  readonly serverMs: number;
}

/**
 * The server's time. All timestamps of runs are by its clock, and the local clock may be minutes or hours off. Between
 * two measurements a monotonic clock is used.
 */
export interface ServerClock {
  /** Milliseconds since the Unix epoch; by the local clock until the first measurement. */
  now(): number;
  addSample(sample: TimeSample): void;
}

export interface ServerClockOptions {
  /** Milliseconds since the Unix epoch, by the local clock. */
  readonly now: () => number;
  /** Milliseconds by a monotonic clock. */
  readonly elapsedMs: () => number;
}

export function createServerClock({ now, elapsedMs }: ServerClockOptions): ServerClock {
  /** Server time minus monotonic time. */
  let offsetMs: number | undefined;
  return {
    now: () => (offsetMs === undefined ? now() : elapsedMs() + offsetMs),
    addSample({ sentAtMs, receivedAtMs, serverMs }) {
      const minOffsetMs = serverMs - receivedAtMs;
      const maxOffsetMs = serverMs - sentAtMs;
      // Keep the offset while it is within the bounds of the new sample: a slow response is less exact.
      offsetMs =
        offsetMs === undefined
          ? (minOffsetMs + maxOffsetMs) / 2
          : Math.min(maxOffsetMs, Math.max(minOffsetMs, offsetMs));
    },
  };
}

export const ServerClockContext = createContext<Pick<ServerClock, 'now'>>({ now: () => Date.now() });

export function useServerClock(): Pick<ServerClock, 'now'> {
  return useContext(ServerClockContext);
}
