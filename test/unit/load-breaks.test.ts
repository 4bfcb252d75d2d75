import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBreakFinder } from '../../cli/load/break-finder.ts';
import type { CounterName, TrendName } from '../../cli/load/figures.ts';
import { createSeries, type MeasuredSecond } from '../../cli/load/series.ts';
import { createSketch, percentileOf, statOf } from '../../cli/load/sketch.ts';
import { parseThreshold } from '../../cli/load/threshold.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const idle = { cpuPercent: 10, loopUtilization: 0.1 };

function second(
  number: number,
  durations: Partial<Record<TrendName, readonly number[]>>,
  {
    counters = {},
    generator = idle,
  }: { counters?: Partial<Record<CounterName, number>>; generator?: typeof idle } = {},
): MeasuredSecond {
  const sketches = new Map(
    Object.entries(durations).map(([name, values]) => {
      const sketch = createSketch();
      for (const value of values) sketch.record(value);
      return [name as TrendName, sketch];
    }),
  );
  const point = {
    atMs: number * 1000,
    durationMs: 1000,
    target: number,
    liveRuns: number * 2,
    trends: {},
    counters,
    generator,
    server: null,
  };
  return { point, sketches };
}

function finder(...thresholds: string[]) {
  return createBreakFinder(thresholds.map((text) => parseThreshold(text)));
}

const ten = (value: number) => Array.from({ length: 10 }, () => value);

describe('the first violation', () => {
  test('of a percentile is where ten seconds have enough samples that violate it', () => {
    const breaks = finder('token_gap:p95<50ms');
    // Nine are not enough for p95, however long they are.
    expect(breaks.add(second(1, { token_gap: ten(900).slice(1) }))).toEqual([]);
    const found = breaks.add(second(2, { token_gap: [...ten(900), 900] }));
    expect(found).toMatchObject([
      { condition: 'token_gap:p95<50ms', atMs: 2000, target: 2, liveRuns: 4, unit: 'ms', value: 900 },
    ]);
    expect(breaks.add(second(3, { token_gap: ten(900) }))).toEqual([]);
    expect(breaks.breaks.length).toBe(1);
  });

  test('is not found in seconds that have left the window', () => {
    const breaks = finder('token_gap:avg<50ms');
    const steady = { token_gap: ten(40) };
    for (let number = 1; number <= 10; number += 1) breaks.add(second(number, { token_gap: ten(10) }));
    for (let number = 11; number <= 40; number += 1) expect(breaks.add(second(number, steady))).toEqual([]);
    expect(breaks.add(second(41, { token_gap: ten(500) }))).toHaveLength(1);
  });

  test.each([
    ['errors:count<3', [1, 1, 1], 3],
    ['errors:count<=3', [1, 1, 1, 1], 4],
    ['errors:count==1', [0, 1, 1], 3],
    // They may still be met at the end.
    ['errors:count>10', [1, 1, 1], undefined],
    ['errors:count==3', [1, 1, 1], undefined],
  ])('of %s, with %j', (text, counts, at) => {
    const breaks = finder(text);
    for (const [index, errors] of counts.entries())
      breaks.add(second(index + 1, {}, { counters: { errors } }));
    expect(breaks.breaks.map(({ atMs }) => atMs / 1000)).toEqual(at === undefined ? [] : [at]);
  });

  test('of a counter that must be 0 is found without a threshold', () => {
    const breaks = finder();
    breaks.add(second(1, {}, { counters: { lost: 2, reconnects: 5 } }));
    expect(breaks.breaks).toMatchObject([{ condition: 'lost:count==0', value: 2, unit: 'count' }]);
  });

  test('names a saturated generator', () => {
    const breaks = finder('token_gap:max<50ms');
    breaks.add(second(1, { token_gap: [60] }, { generator: { cpuPercent: 99, loopUtilization: 0.97 } }));
    expect(breaks.breaks).toMatchObject([{ isGeneratorSaturated: true }]);
  });
});

test('percentiles of several sketches are those of all their values, to one part in a hundred', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.double({ min: 0.01, max: 1e5, noNaN: true }), { maxLength: 60 }), {
        minLength: 1,
        maxLength: 5,
      }),
      fc.double({ min: 1, max: 99, noNaN: true }),
      (groups, percent) => {
        const sketches = groups.map((values) => {
          const sketch = createSketch();
          for (const value of values) sketch.record(value);
          return sketch;
        });
        const sorted = groups.flat().toSorted((one, other) => one - other);
        const value = percentileOf(sketches, percent);
        if (sorted.length < 100 / (100 - percent) - 1e-6) {
          expect(value).toBeNull();
          return;
        }
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * sorted.length - 1e-9)) - 1] ?? NaN;
        expect(Math.abs((value ?? NaN) - exact)).toBeLessThanOrEqual(exact * 0.011);
        expect(statOf(sketches, 'max')).toBe(sorted.at(-1));
        expect(statOf(sketches, 'min')).toBe(sorted[0]);
      },
    ),
  );
});

test('the series has one point per second of the measurement, and counts everything once', async () => {
  const clock = createFakeClock();
  const seconds: MeasuredSecond[] = [];
  const series = createSeries({
    clock,
    nowMs: () => clock.elapsed(),
    targetAt: (elapsedMs) => elapsedMs / 100,
    liveRuns: () => 3,
    usage: async () => ({ generator: idle, server: null }),
    onSecond: (it) => seconds.push(it),
  });
  // Of the warm-up.
  series.observer.recorded('token_gap', 5);
  series.begin();
  for (let step = 0; step < 35; step += 1) {
    series.observer.recorded('token_gap', 10 + step);
    series.observer.counted('frames', 2);
    await clock.advance(100);
  }
  await series.end();
  series.observer.counted('frames', 2);
  const { points } = series;
  expect(points.map(({ atMs, durationMs, target }) => [atMs, durationMs, target])).toEqual([
    [1000, 1000, 10],
    [2000, 1000, 20],
    [3000, 1000, 30],
    [3500, 500, 35],
  ]);
  expect(points.map(({ counters }) => counters.frames)).toEqual([20, 20, 20, 10]);
  expect(points.map(({ trends }) => trends.token_gap?.count)).toEqual([10, 10, 10, 5]);
  expect(points[1]?.trends.token_gap).toMatchObject({ max: 29, p95: null });
  expect(seconds.length).toBe(4);
});
