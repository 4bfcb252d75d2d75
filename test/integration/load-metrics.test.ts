import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import {
  evaluateMetricThreshold,
  isMetricThreshold,
  parseMetricThreshold,
} from '../../cli/load/metric-threshold.ts';
import { metricsAddresses } from '../../cli/load/metrics-addresses.ts';
import type { MetricSample } from '../../cli/load/metric-sample.ts';
import { createMetricsReader } from '../../cli/load/metrics-reader.ts';
import type { ServerAddress } from '../../cli/terminal/server-address.ts';
import { command } from '../support/command-line.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startKeyedApp } from '../support/keyed-app.ts';
import { until } from '../support/until.ts';

const delay = parseMetricThreshold('stagewire_event_loop_delay_seconds{stat="p99"}:max<100ms');
const failed = parseMetricThreshold('stagewire_log_failed_flushes_total:increase==0');

const sample = (url: string, value: number): MetricSample => ({ url, valueOf: () => value });

describe('a threshold on a metric of the server', () => {
  test('names the metric, a label, the statistic and the limit in the unit of the metric', () => {
    expect(delay).toMatchObject({
      metric: 'stagewire_event_loop_delay_seconds',
      labels: { stat: 'p99' },
      stat: 'max',
      operator: '<',
      limit: 0.1,
    });
    expect(failed).toMatchObject({ labels: {}, stat: 'increase', operator: '==', limit: 0 });
    expect(['lost:count==0', ' stagewire_runs:max<5'].map(isMetricThreshold)).toEqual([false, true]);
  });

  test.each([
    ['stagewire_runs', 'Expected <metric>'],
    ['stagewire_runs:p99<5', 'has no statistic "p99". Known: min, avg, max, last, increase'],
    ['stagewire_event_loop_delay_seconds:max<0.1', 'the unit is missing'],
    ['stagewire_runs:max<5ms', 'only metrics in seconds have a unit'],
    ['stagewire_runs{p99}:max<5', 'the labels are not of the form'],
  ])('is rejected with the reason: %s', (text, problem) => {
    expect(() => parseMetricThreshold(text)).toThrow(problem);
  });

  test('is met if each node meets it, and missed without a reading', () => {
    const [a, b] = ['http://a', 'http://b'];
    const readings = [sample(a, 0.02), sample(a, 0.03), sample(b, 0.01)];
    expect(evaluateMetricThreshold(delay, readings)).toMatchObject({ met: true, value: 30, unit: 'ms' });
    const slow = [...readings, sample(b, 0.2)];
    expect(evaluateMetricThreshold(delay, slow)).toMatchObject({ met: false, value: 200, samples: 4 });
    expect(evaluateMetricThreshold(delay, [])).toMatchObject({ met: false, value: null });
    // Only what was added during the test counts.
    const counts = [sample(a, 7), sample(a, 7)];
    expect(evaluateMetricThreshold(failed, counts)).toMatchObject({ met: true, value: 0, unit: 'count' });
    expect(evaluateMetricThreshold(failed, [...counts, sample(a, 8)])).toMatchObject({
      met: false,
      value: 1,
    });
  });

  test('sends a key only to the server that it is for', () => {
    const found = [{ url: 'http://127.0.0.1:4000/', token: 'swk_1' }] as unknown as readonly ServerAddress[];
    const of = (urls?: readonly string[]) => metricsAddresses([delay], { found, urls });
    expect(of()).toEqual([{ url: 'http://127.0.0.1:4000/metrics', token: 'swk_1' }]);
    expect(of(['http://127.0.0.1:9464', 'http://127.0.0.1:4000/metrics'])).toEqual([
      { url: 'http://127.0.0.1:9464/metrics', token: undefined },
      { url: 'http://127.0.0.1:4000/metrics', token: 'swk_1' },
    ]);
    expect(metricsAddresses([], { found, urls: undefined })).toEqual([]);
  });
});

const page = `# TYPE stagewire_event_loop_delay_seconds gauge
stagewire_event_loop_delay_seconds{stat="p50"} 0.001
stagewire_event_loop_delay_seconds{stat="p99"} 0.25
stagewire_runs{status="running"} 2
stagewire_runs{status="backoff"} 1
stagewire_token_gap_seconds_sum{provider="rehearsal"} 3
`;

describe('the reader of metrics', () => {
  async function serve(answer: { status: number; text: string }) {
    const server = createServer((_, response) => response.writeHead(answer.status).end(answer.text));
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    return { url, answer, [Symbol.asyncDispose]: async () => void server.close() };
  }
  const readerOf = (url: string, threshold = delay, onError = () => {}) => {
    const clock = createFakeClock();
    const options = { addresses: [{ url }], thresholds: [threshold], clock, onError };
    return { clock, ...createMetricsReader(options) };
  };

  test('reads the page at the beginning, once per second, and at the end', async () => {
    await using server = await serve({ status: 200, text: page });
    let errors = 0;
    const reader = readerOf(server.url, delay, () => (errors += 1));
    await reader.check();
    reader.begin();
    await reader.clock.advance(1000);
    const end = async () => {
      const ended = reader.end();
      await until(() => reader.clock.pendingTimers > 0, 'the wait for a new page');
      await reader.clock.advance(1000);
      return ended;
    };
    const samples = await end();
    expect(samples).toHaveLength(3);
    const [first] = samples;
    expect(first?.valueOf(delay)).toBe(0.25);
    expect(first?.valueOf({ metric: 'stagewire_runs', labels: {} })).toBe(3);
    server.answer.status = 503;
    reader.begin();
    await until(() => errors === 1, 'the failed reading');
    expect(await end()).toEqual([]);
  });

  test.each([
    [
      403,
      page,
      'cannot be read: HTTP status 403. With authentication the key needs the permission metrics:read',
    ],
    [200, '<html>', 'it is not a page of metrics'],
  ])('explains why a page cannot be read: %i', async (status, text, problem) => {
    await using server = await serve({ status, text });
    await expect(readerOf(server.url).check()).rejects.toThrow(problem);
  });

  test('explains that there is no such metric, or that nothing answers', async () => {
    await using server = await serve({ status: 200, text: page });
    const named = (metric: string) => readerOf(server.url, { ...delay, metric }).check();
    await expect(named('stagewire_none')).rejects.toThrow('has no metric stagewire_none. docs/METRICS.md');
    await expect(named('stagewire_token_gap_seconds')).rejects.toThrow(
      'name stagewire_token_gap_seconds_sum',
    );
    await expect(readerOf('http://127.0.0.1:1/metrics').check()).rejects.toThrow('cannot be read');
  });
});

test(
  '`load` judges the metrics of a server, and starts no run if it may not read them',
  { timeout: 60_000 },
  async () => {
    await using app = await startKeyedApp();
    const permissions = ['runs:read', 'runs:start', 'runs:control', 'runs:delete'] as const;
    const reader = await app.key({ name: 'reader', permissions: [...permissions, 'metrics:read'] });
    const other = await app.key({ name: 'other', permissions: [...permissions] });
    const load = (token: string) =>
      command(
        [
          'load',
          '--runs=2',
          '--warmup=0s',
          '--model=rehearsal/tps=0,ttft=0,chars=100',
          '--threshold=stagewire_runs_ended_total{status="completed"}:increase>=2',
          '--threshold=stagewire_event_loop_delay_seconds{stat="max"}:max<0.001us',
          `--url=${app.url}`,
        ],
        { env: { STAGEWIRE_TOKEN: token } },
      );
    const judged = await load(reader.token);
    expect(judged.stdout).toMatch(/met .*stagewire_runs_ended_total/);
    expect(judged.stdout).toMatch(/missed .*stagewire_event_loop_delay_seconds/);
    expect(judged.stdout).toContain('1 of 2 thresholds');
    const refused = await load(other.token);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot be read: HTTP status 403');
  },
);
