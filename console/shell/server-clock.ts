import { createContext, useContext } from 'react';

/** What one question told about the server's time; the first two by a clock that is never set. */
export interface TimeSample {
  readonly askedAtMs: number;
  readonly answeredAtMs: number;
  /** Milliseconds since the Unix epoch, by the server's clock, at some moment in between. */
  readonly serverMs: number;
}

/**
 * The time as the server has it: all instants of runs are by its clock, and the clock of this machine may be minutes or
 * hours off. Between two answers it goes on by a clock that nobody sets.
 */
export interface ServerClock {
  /** Milliseconds since the Unix epoch; by this machine's clock until the server has been asked. */
  now(): number;
  learn(sample: TimeSample): void;
}

export interface ServerClockOptions {
  /** Milliseconds since the Unix epoch, by this machine's clock. */
  readonly now: () => number;
  /** Milliseconds by a clock that is never set. */
  readonly elapsedMs: () => number;
}

export function createServerClock({ now, elapsedMs }: ServerClockOptions): ServerClock {
  /** The server's time less the elapsed. */
  let offsetMs: number | undefined;
  return {
    now: () => (offsetMs === undefined ? now() : elapsedMs() + offsetMs),
    learn({ askedAtMs, answeredAtMs, serverMs }) {
      const least = serverMs - answeredAtMs;
      const most = serverMs - askedAtMs;
      // What is known stays as long as it fits: another answer that took long would only blur it.
      offsetMs = offsetMs === undefined ? (least + most) / 2 : Math.min(most, Math.max(least, offsetMs));
    },
  };
}

export const ServerClockContext = createContext<Pick<ServerClock, 'now'>>({ now: () => Date.now() });

export function useServerClock(): Pick<ServerClock, 'now'> {
  return useContext(ServerClockContext);
}
