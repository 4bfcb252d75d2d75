/** So many characters there were, at an instant of the run's own events. */
export interface RateSample {
  /** When the newest event happened, by the server's clock, in milliseconds since the Unix epoch. */
  readonly atMs: number;
  readonly chars: number;
}

export interface RateMeter {
  /**
   * Characters per second over the last seconds, with one more sample; `undefined` while too little is known.
   * `nowMs` is by the server's clock.
   */
  measure(sample: RateSample, nowMs: number): number | undefined;
}

const windowMs = 4000;
/** Samples closer than this say nothing more. */
const stepMs = 100;
const shortestMs = 900;
/** Events come at least so often while a model writes; beyond that it has stopped, and the rate falls. */
const quietMs = 1000;

/**
 * Measures how fast a text grows by when its events happened, not by when they came: behind a reload or a lost
 * connection seconds of text come within one picture.
 */
export function createRateMeter(): RateMeter {
  let samples: readonly RateSample[] = [];
  return {
    measure(sample, nowMs) {
      const now = Math.max(nowMs, sample.atMs);
      const last = samples.at(-1);
      if (last === undefined || sample.atMs >= last.atMs + stepMs) samples = [...samples, sample];
      samples = samples.filter(({ atMs }) => atMs > now - windowMs);
      const [first] = samples;
      if (first === undefined) return undefined;
      const elapsedMs = (now - sample.atMs < quietMs ? sample.atMs : now) - first.atMs;
      if (elapsedMs < shortestMs) return undefined;
      const rate = ((sample.chars - first.chars) * 1000) / elapsedMs;
      return rate > 0 ? rate : undefined;
    },
  };
}
