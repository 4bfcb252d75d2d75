/** A point of a curve: how much work, and what it costs. */
export type CurvePoint = readonly [amount: number, cost: number];

/** How a cost grows with the work: cost ≈ factor × amount ^ exponent. */
export interface Fit {
  readonly exponent: number;
  /** How far a point is from the fitted line, as a part of its cost: the root of the mean square, 0.05 for 5 %. */
  readonly residual: number;
}

/**
 * Least squares on the logarithms of both. Points without a logarithm are left out.
 *
 * @returns NaN for both if fewer than two different amounts are left.
 */
export function fitExponent(points: readonly CurvePoint[]): Fit {
  const logs = points
    .filter(([amount, cost]) => amount > 0 && cost > 0 && Number.isFinite(cost))
    .map(([amount, cost]) => [Math.log(amount), Math.log(cost)] as const);
  const centre = [mean(logs.map(([x]) => x)), mean(logs.map(([, y]) => y))] as const;
  const squares = sum(logs.map(([x]) => (x - centre[0]) ** 2));
  const exponent =
    squares === 0 ? Number.NaN : sum(logs.map(([x, y]) => (x - centre[0]) * (y - centre[1]))) / squares;
  const errors = logs.map(([x, y]) => y - centre[1] - exponent * (x - centre[0]));
  return { exponent, residual: Math.expm1(Math.sqrt(mean(errors.map((error) => error ** 2)))) };
}

function sum(values: readonly number[]): number {
  return values.reduce((one, other) => one + other, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
