import type { Figure } from './figure.ts';
import { spread } from './statistics.ts';

export interface Comparison extends Pick<Figure, 'id' | 'what' | 'unit' | 'goal' | 'compares'> {
  /** One value per round; the n-th of each were taken one after the other. */
  readonly ours: readonly number[];
  readonly baseline?: readonly number[];
  /** Is this median of what is compared good enough? Left out: there is no goal. */
  readonly isMet?: (compared: number, ours: number) => boolean;
  readonly notes?: readonly string[];
}

/** Makes a figure of the rounds: each round's comparison by itself, then the median of those. */
export function compare(comparison: Comparison): Figure {
  const { ours, baseline, isMet, compares, notes, ...rest } = comparison;
  const pairs = ours.map((value, round) => [value, baseline?.[round] ?? Number.NaN] as const);
  const compared = spread(
    pairs.map(([value, base]) =>
      compares === 'ratio' ? value / base : compares === 'difference' ? value - base : value,
    ),
  );
  const spreadOfOurs = spread(ours);
  return {
    ...rest,
    compares,
    ours: spreadOfOurs,
    baseline: baseline === undefined ? null : spread(baseline),
    compared,
    verdict: isMet === undefined ? 'none' : isMet(compared.median, spreadOfOurs.median) ? 'met' : 'missed',
    ...(notes === undefined ? {} : { notes }),
  };
}
