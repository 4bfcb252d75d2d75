import fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge, type Curve } from '../bench/growth/curve.ts';
import { fitExponent, type CurvePoint } from '../bench/growth/fit-exponent.ts';
import { growthMarkdown, growthPlots, growthText } from '../bench/growth/growth-text.ts';
import { replaceSection } from '../bench/replace-section.ts';

const amounts = [1, 10, 100, 1000, 10_000];
const power = (factor: number, exponent: number): CurvePoint[] =>
  amounts.map((amount) => [amount, factor * amount ** exponent]);

test('the exponent of a power is found, whatever its factor, without a residual', () => {
  const factors = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
  const exponents = fc.double({ min: -1, max: 3, noNaN: true });
  fc.assert(
    fc.property(factors, exponents, (factor, exponent) => {
      const fit = fitExponent(power(factor, exponent));
      expect(fit.exponent).toBeCloseTo(exponent, 9);
      expect(fit.residual).toBeCloseTo(0, 9);
    }),
  );
});

test('the residual is how far the points are from the line', () => {
  // Alternately 10 % above and below a constant; the fifth one keeps the line level.
  const points = [1.1, 1 / 1.1, 1, 1 / 1.1, 1.1].map((cost, index): CurvePoint => [10 ** index, cost]);
  const { exponent, residual } = fitExponent(points);
  expect(exponent).toBeCloseTo(0, 9);
  expect(residual).toBeCloseTo(1.1 ** Math.sqrt(4 / 5) - 1, 9);
});

test('points without a logarithm are left out, and one amount has no exponent', () => {
  const points: CurvePoint[] = [[0, 5], ...power(3, 1), [100_000, -1], [1_000_000, Number.NaN]];
  expect(fitExponent(points).exponent).toBeCloseTo(1, 9);
  expect(fitExponent([[10, 3]]).exponent).toBeNaN();
  expect(fitExponent([]).residual).toBeNaN();
});

function curve(costOf: Curve['costOf'], points: readonly CurvePoint[]): Curve {
  return { what: 'something', unit: 'ms', costOf, points };
}

test('linear work and a constant unit meet their limits, and what grows faster misses them', () => {
  expect(judge(curve('all', power(2, 1))).verdict).toBe('met');
  expect(judge(curve('all', power(2, 1.2))).verdict).toBe('missed');
  expect(judge(curve('one', power(2, 0.05))).verdict).toBe('met');
  expect(judge(curve('one', power(2, 0.2))).verdict).toBe('missed');
});

test('a fixed cost does not hide work that grows by the square', () => {
  const points = amounts.map((amount): CurvePoint => [amount, 1000 + (amount / 10) ** 2]);
  const { fit, end, verdict } = judge(curve('all', points));
  expect(fit.exponent).toBeLessThan(1);
  expect(end.exponent).toBeGreaterThan(1);
  expect(verdict).toBe('missed');
});

test('too few points for an exponent meet no limit', () => {
  expect(judge(curve('all', [[1, 1]])).verdict).toBe('missed');
});

test('a report has a row per curve with its costs, and a plot per unit', () => {
  const report = {
    id: 'runs',
    grows: 'live runs',
    notes: ['one subscriber each'],
    curves: [
      curve('all', power(2, 1)),
      { ...curve('one', [[10, 7], [100, 7]]), what: 'another', unit: 'µs' }, // prettier-ignore
    ],
  };
  const rows = growthText(report).split('\n');
  expect(rows).toHaveLength(3);
  expect(rows[0]).toContain('10,000');
  expect(rows[1]).toMatch(/^something {2}2 ms {2}20 ms .* 1\.00 .* met$/);
  expect(rows[2]).toMatch(/^another .* 7 µs .* 0\.00 .* met$/);
  expect(growthMarkdown(report)).toContain('**Live runs.** One subscriber each.\n\n| live runs |');
  expect(growthPlots(report).map(({ y, lines }) => [y, lines.map(({ name }) => name)])).toEqual([
    ['ms', ['something']],
    ['µs', ['another']],
  ]);
});

test('a section of a document is replaced between its comments, and only there', () => {
  const document = 'before\n<!-- growth:start -->\nold\n<!-- growth:end -->\nafter\n';
  const replaced = 'before\n<!-- growth:start -->\n\nnew\n\n<!-- growth:end -->\nafter\n';
  expect(replaceSection(document, 'growth', 'new')).toBe(replaced);
  expect(replaceSection(replaced, 'growth', 'new')).toBe(replaced);
  expect(() => replaceSection('no comments', 'growth', 'new')).toThrow('growth:start');
});
