import { fitExponent, type CurvePoint, type Fit } from './fit-exponent.ts';

/** What something costs, for different amounts of work. */
export interface Curve {
  /** What costs it. */
  readonly what: string;
  readonly unit: string;
  /** `all`: the cost of all of the work, which may grow with it. `one`: of one unit, which should stay the same. */
  readonly costOf: 'all' | 'one';
  readonly points: readonly CurvePoint[];
}

/** Curves over the same amounts. */
export interface GrowthReport {
  /** In the option `--only`. */
  readonly id: string;
  /** What grows. */
  readonly grows: string;
  /** How it was measured. */
  readonly notes: readonly string[];
  readonly curves: readonly Curve[];
}

export interface GrowthOptions {
  /** Small amounts, to see that it works. */
  readonly quick: boolean;
  /** Ten times the work, which takes minutes and gigabytes. */
  readonly long: boolean;
  /** Arguments for Node in the process of the server, as `--cpu-prof`. */
  readonly serverArguments: readonly string[];
  log(line: string): void;
}

export interface Growth {
  readonly id: string;
  measure(options: GrowthOptions): Promise<GrowthReport>;
}

export interface JudgedCurve extends Curve {
  readonly fit: Fit;
  /** Of the last points only: a fixed cost hides in the first ones how the rest grows. */
  readonly end: Fit;
  readonly verdict: 'met' | 'missed';
}

/** The most that an exponent may be: linear work, and units that cost the same, with some room for the measurement. */
const mostExponent = { all: 1.1, one: 0.1 } as const;
const pointsOfEnd = 3;
/** So few points are less certain. */
const roomOfEnd = 0.1;

export function judge(curve: Curve): JudgedCurve {
  const fit = fitExponent(curve.points);
  const end = fitExponent(curve.points.slice(-pointsOfEnd));
  const most = mostExponent[curve.costOf];
  const isMet = fit.exponent <= most && end.exponent <= most + roomOfEnd;
  return { ...curve, fit, end, verdict: isMet ? 'met' : 'missed' };
}
