import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Figure, Plot } from '../bench/figure.ts';
import { createScale, type ScaleKind } from '../bench/plot-scale.ts';
import { asSvg } from '../bench/plot-svg.ts';
import { asPage } from '../bench/report-page.ts';
import { asMarkdown, type Report } from '../bench/report.ts';

const spread = { median: 2, min: 1, max: 3 };
const figure: Figure = {
  id: 'P1',
  what: 'cost <per> token',
  unit: 'µs',
  ours: spread,
  baseline: spread,
  compares: 'ratio',
  compared: spread,
  goal: '≤ 2 ×',
  verdict: 'met',
};
const plot: Plot = {
  title: 'Cost & followers',
  x: 'followers',
  y: 'µs',
  logX: true,
  yScale: 'log',
  lines: [
    {
      name: 'stagewire',
      points: [
        [1, 400],
        [10, 90],
        [500, 20],
      ],
    },
    {
      name: 'bare',
      points: [
        [1, 200],
        [10, 50],
        [100, 0],
        [500, Number.NaN],
      ],
    },
  ],
};

const report = (figures: readonly Figure[], plots: readonly Plot[]): Report => ({
  environment: {
    at: '2026-01-01T00:00:00.000Z',
    cores: 2,
    cpu: 'a CPU',
    system: 'linux',
    node: 'v24',
    versions: { ws: '8' },
    sqlite: '3',
    loadBefore: 0.1,
    loadDuring: 0.5,
  },
  rounds: 5,
  quick: false,
  tookMs: 1000,
  figures,
  withoutFigure: [{ id: 'P4', what: 'latency', why: 'the load generator was busy' }],
  plots,
});

describe('the page of a bench', () => {
  test('has the table with its verdicts, a figure that could not be taken, and the plots', () => {
    const page = asPage(report([figure, { ...figure, id: 'P2', verdict: 'missed' }], [plot]));
    expect(page).toContain('<tr class="met"><td>P1</td><td>cost &lt;per> token</td>');
    expect(page).toContain('<tr class="missed"><td>P2</td>');
    expect(page).toContain('the load generator was busy');
    expect(page).toContain('<figcaption>Cost &amp; followers</figcaption>');
    expect(page.match(/<svg /g)).toHaveLength(1);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('leaves out a plot that has no points', () => {
    const empty = { ...plot, lines: [{ name: 'stagewire', points: [[1, Number.NaN] as const] }] };
    expect(asPage(report([figure], [empty]))).not.toContain('<figure>');
  });
});

test('a bench has a table for a document, with what could not be measured and the notes', () => {
  const noted = { ...figure, what: 'a | b', notes: ['two runs'] };
  expect(asMarkdown(report([noted], [])))
    .toBe(`2026-01-01T00:00:00.000Z: 2 cores of a CPU, linux, Node v24, SQLite 3; ws 8; 5 rounds, 1 s; load before it began 0.1, meanwhile 0.5.

|  | figure | stagewire | baseline | compared | goal | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| P1 | a \\| b | 2.00 (1.00–3.00) µs | 2.00 (1.00–3.00) µs | 2.00 (1.00–3.00) × | ≤ 2 × | met |
| P4 | latency | no figure |  | the load generator was busy |  | – |

- P1: two runs.`);
});

describe('a plot', () => {
  test('says its axes, names its lines, and has the chosen values as ticks', () => {
    const svg = asSvg(plot) ?? '';
    for (const text of ['followers', 'µs', 'stagewire', 'bare', '1', '10', '500', '20', '50', '100']) {
      expect(svg).toContain(`>${text}</text>`);
    }
    expect(svg).toContain('<title>stagewire: 10, 90</title>');
    // What is no number, or has no place on a logarithmic scale, is left out.
    expect(svg.match(/<title>bare/g)).toHaveLength(2);
  });

  test.each(['linear', 'log', 'nines'] as const)(
    'has a %s scale with all values on it',
    (kind: ScaleKind) => {
      const value =
        kind === 'nines'
          ? fc.double({ min: 0, max: 0.999, noNaN: true })
          : fc.double({ min: 1e-3, max: 1e6, noNaN: true });
      fc.assert(
        fc.property(fc.array(value, { minLength: 2, maxLength: 40 }), fc.boolean(), (values, areChosen) => {
          fc.pre(Math.max(...values) > 0);
          const { place, ticks } = createScale(kind, values, areChosen);
          const sorted = values.toSorted((one, other) => one - other);
          const places = sorted.map(place);
          expect(places).toEqual(places.toSorted((one, other) => one - other));
          for (const at of [...places, ...ticks.map((tick) => place(tick.value))]) {
            expect(at).toBeGreaterThan(-1e-6);
            expect(at).toBeLessThan(1 + 1e-6);
          }
          expect(ticks.length).toBeGreaterThan(0);
          if (!areChosen || kind !== 'log') expect(ticks.length).toBeLessThan(13);
        }),
      );
    },
  );

  test('has a distribution’s tail on a scale of its own', () => {
    const { place, ticks } = createScale('nines', [0, 0.5, 0.999]);
    expect(ticks.map(({ label }) => label)).toEqual(['0 %', '50 %', '90 %', '99 %', '99.9 %']);
    expect([0.9, 0.99, 0.999].map((part) => Number(place(part).toFixed(3)))).toEqual([0.333, 0.667, 1]);
  });
});
