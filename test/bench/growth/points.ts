import type { Curve } from './curve.ts';
import type { CurvePoint } from './fit-exponent.ts';

/** Collects the points of several curves. */
export interface Points<Name extends string> {
  add(name: Name, amount: number, cost: number): void;
  /** The costs that were added with the latest amount, for the person who waits. */
  latest(): string;
  /** Those that have points. */
  curves(): readonly Curve[];
}

export function createPoints<Name extends string>(
  curves: Readonly<Record<Name, Omit<Curve, 'points'>>>,
): Points<Name> {
  const all = new Map<Name, CurvePoint[]>();
  const names = Object.keys(curves) as Name[];
  let latestAmount = Number.NaN;
  return {
    add(name, amount, cost) {
      latestAmount = amount;
      const points = all.get(name) ?? [];
      all.set(name, points);
      points.push([amount, cost]);
    },
    latest: () =>
      names
        .flatMap((name) => {
          const point = all.get(name)?.findLast(([amount]) => amount === latestAmount);
          return point === undefined ? [] : [`${name} ${point[1].toPrecision(3)} ${curves[name].unit}`];
        })
        .join(', '),
    curves: () =>
      names.filter((name) => all.has(name)).map((name) => ({ ...curves[name], points: all.get(name) ?? [] })),
  };
}
