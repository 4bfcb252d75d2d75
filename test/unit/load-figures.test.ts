import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFigures } from '../../cli/load/figures.ts';
import { isLoopbackUrl, readLoadSettings } from '../../cli/load/load-settings.ts';
import { parseScenario } from '../../cli/load/scenario.ts';
import { parseDuration, parseRate, parseShare, parseStage } from '../../cli/load/parse-units.ts';
import { evaluateThreshold, parseThreshold } from '../../cli/load/threshold.ts';
import { createTrend } from '../../cli/load/trend.ts';
import { loadOptions as options } from '../support/load-options.ts';

const durations = fc.array(fc.double({ min: 0.001, max: 600_000, noNaN: true }), {
  minLength: 1,
  maxLength: 300,
});

describe('percentiles', () => {
  test('are those of nearest rank, to one part in a thousand', () => {
    fc.assert(
      fc.property(durations, fc.double({ min: 0.1, max: 100, noNaN: true }), (all, percent) => {
        const trend = createTrend();
        for (const one of all) trend.record(one);
        const sorted = all.toSorted((one, other) => one - other);
        const exact = sorted[Math.max(1, Math.ceil((percent / 100) * all.length)) - 1] ?? NaN;
        // A microsecond is the finest that is kept.
        expect(Math.abs((trend.percentile(percent) ?? NaN) - exact)).toBeLessThanOrEqual(
          exact * 0.001 + 0.001,
        );
      }),
    );
  });

  test('grow with the percentage, between least and most', () => {
    fc.assert(
      fc.property(durations, (all) => {
        const trend = createTrend();
        for (const one of all) trend.record(one);
        const { min, p50, p90, p95, p99, max, count } = trend.summary();
        const inOrder = [min, p50, p90, p95, p99, max].filter((value) => value !== null);
        expect(inOrder).toEqual(inOrder.toSorted((one, other) => one - other));
        // The rest has too few samples.
        expect([p50, p90, p95, p99].map((value) => value !== null)).toEqual(
          [2, 10, 20, 100].map((needed) => count >= needed),
        );
        expect({ count, min, max }).toEqual({
          count: all.length,
          min: Math.min(...all),
          max: Math.max(...all),
        });
      }),
    );
  });

  test('of nothing are null, not zero', () => {
    expect(createTrend().summary()).toEqual({
      count: 0,
      min: null,
      avg: null,
      p50: null,
      p90: null,
      p95: null,
      p99: null,
      max: null,
    });
  });
});

describe('thresholds', () => {
  test.each([
    [
      'cancel_to_silence:p99<50ms',
      { figure: 'cancel_to_silence', stat: { p: 99 }, operator: '<', limit: 50 },
    ],
    ['token_gap:p99.9<=1.5s', { figure: 'token_gap', stat: { p: 99.9 }, operator: '<=', limit: 1500 }],
    ['silence:max<500us', { figure: 'silence', stat: 'max', operator: '<', limit: 0.5 }],
    ['resume:count>10', { figure: 'resume', stat: 'count', operator: '>', limit: 10 }],
    [' lost : count == 0 ', { figure: 'lost', stat: 'count', operator: '==', limit: 0 }],
  ])('%s is read', (text, expected) => {
    expect(parseThreshold(text)).toEqual({ text, ...expected });
  });

  test.each([
    ['fast', 'Expected <metric>:<stat><comparison><number>'],
    ['lost:count=0', 'Expected <metric>:<stat><comparison><number>'],
    ['latency:p99<1ms', 'Unknown metric "latency". Known: time_to_first_token,'],
    ['lost:p99<1', 'lost is a counter: expected lost:count'],
    ['lost:count==0ms', 'lost is a counter and has no unit; got "ms"'],
    ['token_gap:p99<50', 'the unit is missing (us, ms or s)'],
    ['token_gap:p99<50h', 'the unit is missing (us, ms or s)'],
    ['token_gap:count>5ms', 'a count has no unit'],
    ['token_gap:p101<5ms', 'token_gap has no statistic "p101"'],
    ['token_gap:p0<5ms', 'token_gap has no statistic "p0"'],
    ['token_gap:median<5ms', 'token_gap has no statistic "median"'],
  ])('%s is refused, with what to write', (text, sentence) => {
    expect(() => parseThreshold(text)).toThrow(sentence);
  });

  test.each([
    ['token_gap:avg<=20ms', true, 20],
    ['token_gap:avg<20ms', false, 20],
    ['token_gap:max>=30ms', true, 30],
    ['token_gap:count==2', true, 2],
    ['lost:count==0', false, 3],
    ['lost:count>2', true, 3],
    // Nothing was measured, so nothing was shown.
    ['resume:max<1s', false, null],
    ['resume:count==0', true, 0],
  ])('%s is %s', (text, met, value) => {
    const figures = createFigures();
    figures.trends.token_gap.record(10);
    figures.trends.token_gap.record(30);
    figures.count('lost', 3);
    expect(evaluateThreshold(parseThreshold(text), figures)).toMatchObject({ threshold: text, met, value });
  });

  test.each([
    ['token_gap:p99<1s', 99, null, 100],
    ['token_gap:p99<1s', 100, true, 100],
    ['token_gap:p99.9<1s', 999, null, 1000],
    ['token_gap:p99.9>1s', 1000, false, 1000],
    ['token_gap:p95<1ms', 19, null, 20],
    ['token_gap:p95<1ms', 20, false, 20],
    ['token_gap:p100<1s', 1, true, 1],
    ['token_gap:max<1s', 1, true, 1],
    // Nothing was measured: that it holds is not shown.
    ['token_gap:p99<1s', 0, false, 100],
  ])('%s of %i samples: %s', (text, samples, met, needed) => {
    const figures = createFigures();
    for (let count = 0; count < samples; count += 1) figures.trends.token_gap.record(10);
    expect(evaluateThreshold(parseThreshold(text), figures)).toMatchObject({
      met,
      samples,
      samplesNeeded: needed,
    });
  });
});

describe('amounts', () => {
  test('are read with their units', () => {
    expect(['500ms', '10s', '1.5m', '1h'].map(parseDuration)).toEqual([500, 10_000, 90_000, 3_600_000]);
    expect(['5%', '0%', '100%', '2.5%'].map(parseShare)).toEqual([0.05, 0, 1, 0.025]);
    expect(['20/s', '90/m', '0.5/s'].map(parseRate)).toEqual([20, 1.5, 0.5]);
  });

  test.each(['10', 's', '-1s', '1e3s', ''])('the duration "%s" is refused', (text) => {
    expect(() => parseDuration(text)).toThrow('e.g. 500ms');
  });

  test.each(['5', '101%', '-1%', '%'])('the share "%s" is refused', (text) => {
    expect(() => parseShare(text)).toThrow('from 0% to 100%');
  });

  test.each(['20', '0/s', '20/h', '/s'])('the rate "%s" is refused', (text) => {
    expect(() => parseRate(text)).toThrow('e.g. 20/s');
  });
});

describe('settings', () => {
  test.each([
    ['http://localhost:4600', true],
    ['http://127.8.0.1:4600', true],
    ['http://[::1]:4600', true],
    ['http://192.168.0.1:4600', false],
    ['http://127.0.0.1.example.org', false],
    ['http://localhost.example.org', false],
    ['nonsense', false],
  ])('%s is on this machine: %s', (url, expected) => {
    expect(isLoopbackUrl(url)).toBe(expected);
  });

  test('a server elsewhere is refused unless that is said', () => {
    expect(() => readLoadSettings(['http://192.0.2.1'], options)).toThrow('Use --allow-remote only');
    expect(readLoadSettings(['http://192.0.2.1'], { ...options, allowRemote: true }).subscribers).toBe(2);
  });

  test('a model that costs money is refused unless that is said', () => {
    const real = { ...options, model: 'openai/gpt-x' };
    expect(() => readLoadSettings(['http://localhost'], real)).toThrow('hundreds of runs cost money');
    expect(() => readLoadSettings(['http://localhost'], { ...real, model: 'rehearsals/x' })).toThrow(
      'cost money',
    );
    expect(readLoadSettings(['http://localhost'], { ...real, allowRealModel: true }).model).toBe(
      'openai/gpt-x',
    );
  });

  test.each([
    [{ runs: 10_001 }, '--runs must be at most 10000; got 10001.'],
    [{ rate: 501 }, '--rate (per second) must be at most 500; got 501.'],
    [{ concurrency: 500, subscribers: 5 }, '--concurrency × --subscribers must be at most 2000; got 2500.'],
    [{ duration: 3_600_001 }, '--duration (ms) must be at most 3600000; got 3600001.'],
    [{ subscribers: 0 }, '--subscribers must be at least 1; got 0.'],
    [{ runs: 0 }, '--runs must be at least 1; got 0.'],
    [{ drop: 0.6, slow: 0.5 }, 'must not exceed 100% of the subscribers'],
    [
      { rate: 10, duration: 1_001_000 },
      'The number of runs at this rate, without --runs, must be at most 10000',
    ],
    [{ feedSubscribers: 51 }, '--feed-subscribers must be at most 50; got 51.'],
  ])('%j is beyond what a load may be', (more, sentence) => {
    expect(() => readLoadSettings(['http://localhost'], { ...options, ...more })).toThrow(sentence);
  });

  test('fewer runs than are concurrent by default are a warm-up of as many, and so is what the report says', () => {
    const { concurrency: _, ...rest } = options;
    expect(readLoadSettings(['http://localhost'], { ...rest, runs: 1 }).concurrency).toBe(1);
    expect(readLoadSettings(['http://localhost'], { ...rest, runs: 100 }).concurrency).toBe(20);
    expect(readLoadSettings(['http://localhost'], { ...rest, runs: 1, concurrency: 3 }).concurrency).toBe(3);
  });

  test('a text that is no URL is not called a server elsewhere', () => {
    expect(() => readLoadSettings(['foo'], options)).toThrow('--url foo is not a URL');
  });

  const stage = (text: string) => parseStage(text);

  test.each([
    [['10s:20/s', '10s:20'], 'the same kind of target'],
    [['1h:1/s', '1s:1/s'], 'The time of all stages (ms) must be at most 3600000; got 3601000.'],
    [['10s:501/s'], '--stage (starts per second) must be at most 500; got 501.'],
    [['10s:501'], '--stage (concurrent runs) must be at most 500; got 501.'],
    [['0s:5/s'], 'must last longer than 0 s'],
    [['5s:0'], 'a target must be above 0'],
    [Array.from({ length: 51 }, () => '1s:1/s'), '--stage (number of stages) must be at most 50; got 51.'],
    [['1m:200/s', '10m:200/s'], 'The number of runs at this rate'],
  ])('the stages %j are refused: %s', (stages, sentence) => {
    const { concurrency: _, ...rest } = options;
    expect(() => readLoadSettings(['http://localhost'], { ...rest, stage: stages.map(stage) })).toThrow(
      sentence,
    );
  });

  test('stages exclude what they replace', () => {
    const staged = { ...options, stage: [stage('10s:5')] };
    expect(() => readLoadSettings(['http://localhost'], staged)).toThrow('--stage and --concurrency exclude');
  });

  test('a real model anywhere in a scenario is refused', () => {
    const parsed = parseScenario(
      { runs: [{ start: { task: 'x', models: { coder: 'openai/gpt-x' } } }] },
      'rehearsal',
    );
    const runs = 'runs' in parsed ? parsed.runs : [];
    expect(() => readLoadSettings(['http://localhost'], options, runs)).toThrow(
      'openai/gpt-x is a real model',
    );
  });

  test('without --runs and --rate there are twenty runs; with --rate as many as come in thirty seconds', () => {
    expect(readLoadSettings(['http://localhost'], options)).toMatchObject({
      runs: 20,
      ratePerSecond: undefined,
    });
    expect(readLoadSettings(['http://localhost'], { ...options, rate: 5 })).toMatchObject({
      runs: undefined,
      ratePerSecond: 5,
      durationMs: 30_000,
    });
  });
});
