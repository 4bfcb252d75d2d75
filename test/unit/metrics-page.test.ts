import { expect, test } from 'vitest';
import { counter, gauge, labelledCounter, labelledHistogram } from '../../server/metrics/metric.ts';
import { createMetricsPage } from '../../server/metrics/metrics-page.ts';
import { createLabelledHistograms, createLabelledNumbers } from '../../server/runtime/labelled.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { parseMetrics } from '../support/scraped-metrics.ts';

function open(metrics: Parameters<typeof createMetricsPage>[0]['metrics']) {
  const clock = createFakeClock();
  const page = createMetricsPage({ metrics, clock, logger: quietLogger });
  return { clock, page, read: async () => parseMetrics(String(await page.read())) };
}

test('a histogram has cumulative buckets, a sum and a count', async () => {
  const durations = createLabelledHistograms([0.1, 1, 5]);
  for (const value of [0.05, 0.1, 0.5, 7]) durations.of('fast').observe(value);
  durations.of('slow').observe(2);
  const { read } = open([
    labelledHistogram({ name: 'test_seconds', help: 'How long.', labels: ['kind'] }, durations),
  ]);
  const { metrics, value } = await read();
  expect(metrics).toMatchObject([{ name: 'test_seconds', help: 'How long.', type: 'HISTOGRAM' }]);
  const counts = (kind: string) =>
    ['0.1', '1', '5', '+Inf'].map((le) => value('test_seconds_bucket', { kind, le }));
  expect(counts('fast')).toEqual([2, 3, 3, 4]);
  expect(counts('slow')).toEqual([0, 0, 1, 1]);
  expect([value('test_seconds', { kind: 'fast' }), value('test_seconds_sum', { kind: 'fast' })]).toEqual([
    4, 7.65,
  ]);
});

test('label values survive quotes, backslashes and line breaks', async () => {
  const numbers = createLabelledNumbers();
  const odd = String.raw`a"b\c` + 'é{}';
  numbers.add([odd, 'x'], 3);
  const { read } = open([
    labelledCounter({ name: 'test_total', help: 'Odd.', labels: ['one', 'two'] }, numbers),
  ]);
  expect((await read()).value('test_total', { one: odd, two: 'x' })).toBe(3);
});

test('a gauge without a value is absent, and one that comes and goes too', async () => {
  let value: number | undefined;
  const { clock, read } = open([gauge({ name: 'test_seconds', help: 'Perhaps.' }, () => value)]);
  expect((await read()).text).not.toMatch(/^test_seconds/m);
  value = 2.5;
  await clock.advance(1000);
  expect((await read()).value('test_seconds')).toBe(2.5);
  value = undefined;
  await clock.advance(1000);
  expect((await read()).text).not.toMatch(/^test_seconds/m);
});

test('readers share a page for a second, however many there are', async () => {
  let reads = 0;
  const { clock, page } = open([counter({ name: 'test_total', help: 'Reads.' }, () => (reads += 1))]);
  const pages = await Promise.all(Array.from({ length: 1000 }, () => page.read()));
  expect(new Set(pages).size).toBe(1);
  await clock.advance(999);
  expect(await page.read()).toBe(pages[0]);
  expect(reads).toBe(1);
  await clock.advance(1);
  expect(await page.read()).not.toBe(pages[0]);
  expect(reads).toBe(2);
});

test('a metric that cannot be read fails the page, and the next one is tried again', async () => {
  let isBroken = true;
  const { clock, page } = open([
    counter({ name: 'test_total', help: 'Broken.' }, () => {
      if (isBroken) throw new Error('broken');
      return 1;
    }),
  ]);
  await expect(page.read()).rejects.toThrow('broken');
  isBroken = false;
  await clock.advance(1000);
  expect(String(await page.read())).toContain('test_total 1');
});
