/** The number of characters at the time of an event. */
export interface RateSample {
  /** The time of the last event by the server's clock, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly chars: number;
}

export interface RateMeter {
  /**
   * Adds a sample and returns characters per second over the window; `undefined` while there are too few samples.
   * `nowMs` is by the server's clock.
   */
  measure(sample: RateSample, nowMs: number): number | undefined;
}

const windowMs = 4000;
/** Samples closer together than this are skipped. */
const minStepMs = 100;
const minElapsedMs = 900;
/** While a model writes, events are at most this far apart. After that it has stopped, and the rate decreases. */
const quietMs = 1000;

/**
 * Measures the rate of a text by the times of its events, not of their arrival: after a reload or a reconnect, seconds
 * of text arrive within one frame.
 */
export function createRateMeter(): RateMeter {
  let samples: readonly RateSample[] = [];
  return {
    measure(sample, nowMs) {
      const now = Math.max(nowMs, sample.atMs);
      const last = samples.at(-1);
      if (last === undefined || sample.atMs >= last.atMs + minStepMs) samples = [...samples, sample];
      samples = samples.filter(({ atMs }) => atMs > now - windowMs);
      const [first] = samples;
      if (first === undefined) return undefined;
      const elapsedMs = (now - sample.atMs < quietMs ? sample.atMs : now) - first.atMs;
      if (elapsedMs < minElapsedMs) return undefined;
      const rate = ((sample.chars - first.chars) * 1000) / elapsedMs;
      return rate > 0 ? rate : undefined;
    },
  };
}
