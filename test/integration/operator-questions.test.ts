import { afterAll, beforeAll, expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { createOtlpReceiver, type OtlpReceiver } from '../support/otlp-receiver.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { scrape, type ScrapedMetrics } from '../support/scraped-metrics.ts';
import { until } from '../support/until.ts';

// The questions of docs/OPERATIONS.md, Questions, answered by what Prometheus and a store of traces get, and by nothing else.

const slowMs = 1500;
const provider = await createProviderServer();
let app: KeyedApp;
let receiver: OtlpReceiver;
let ada: { readonly id: string };
let completed: string;
let cancelled: string;

beforeAll(async () => {
  receiver = await createOtlpReceiver();
  provider.onRequest(() => ({ tokens: ['a ', 'word '], pace: { tokenMs: 10, firstTokenMs: slowMs } }));
  app = await startKeyedApp({
    env: {
      STAGEWIRE_METRICS_PORT: '0',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200',
      STAGEWIRE_MODEL_CODER: 'compatible/slow',
      COMPATIBLE_BASE_URL: `${provider.url}/v1`,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    },
  });
  const key = await app.key({ name: 'ada' });
  ada = key;
  await using client = connect({ url: app.url, token: key.token });
  const run = await client.start({ task: 'Build it', pipeline: { roles: ['documenter', 'coder'] } });
  completed = run.id;
  await run.result();
  const other = await client.start({ task: 'Build it', pipeline: { roles: ['coder'] } });
  cancelled = other.id;
  for await (const event of other.events()) if (event.type === 'stage.started') break;
  await other.cancel();
  await until(() => workflowOf(cancelled) !== undefined, 'the traces', { timeoutMs: 40_000 });
}, 90_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await receiver?.[Symbol.asyncDispose]();
  await provider[Symbol.asyncDispose]();
});

const spansOf = (runId: string) =>
  receiver
    .spans()
    .filter(
      ({ attributes }) => (attributes['stagewire.run.id'] ?? attributes['gen_ai.conversation.id']) === runId,
    );
const workflowOf = (runId: string) => spansOf(runId).find(({ name }) => name.startsWith('invoke_workflow'));
const metrics = (): Promise<ScrapedMetrics> => scrape(app.metricsUrl ?? '');

test('is it healthy: the log is written, no run waits, nothing is overloaded', async () => {
  const { value } = await metrics();
  expect(value('stagewire_build_info')).toBe(1);
  expect(value('stagewire_appends_total')).toBeGreaterThan(0);
  for (const outcome of ['unavailable', 'unknown'])
    expect(value('stagewire_appends_total', { outcome })).toBe(0);
  expect(value('stagewire_queued_runs')).toBe(0);
  expect(value('stagewire_rejections_total', { code: 'OVERLOADED' })).toBe(0);
  expect(value('stagewire_runs_ended_total', { status: 'failed' })).toBe(0);
  expect(value('stagewire_trace_behind_seconds')).toBeLessThan(60);
  expect(value('stagewire_trace_spans_total', { result: 'rejected' })).toBe(0);
});

test('which provider is slow: the one with the longest time to its first token', async () => {
  const { value } = await metrics();
  const name = 'stagewire_time_to_first_token_seconds';
  const mean = (of: string) => value(`${name}_sum`, { provider: of }) / value(name, { provider: of });
  expect(mean('compatible')).toBeGreaterThan(slowMs / 1000 / 2);
  expect(mean('compatible')).toBeGreaterThan(mean('rehearsal'));
});

test('why was this run slow: the longest of its spans is the call that it waited for', () => {
  const chats = spansOf(completed).filter(({ name }) => name.startsWith('chat'));
  const [longest] = chats.toSorted((one, other) => other.endMs - other.startMs - (one.endMs - one.startMs));
  expect(longest).toMatchObject({
    name: 'chat slow',
    attributes: { 'stagewire.stage': 1, 'stagewire.attempt': 1 },
  });
  const durationMs = (longest?.endMs ?? 0) - (longest?.startMs ?? 0);
  const workflow = workflowOf(completed);
  expect(durationMs).toBeGreaterThanOrEqual(slowMs);
  expect(durationMs / ((workflow?.endMs ?? 0) - (workflow?.startMs ?? 0))).toBeGreaterThan(0.3);
  expect(workflow?.attributes['stagewire.run.queued_ms']).toBeLessThan(durationMs);
});

test('who cancelled it: the span of the run names the actor', () => {
  expect(workflowOf(cancelled)?.attributes).toMatchObject({
    'stagewire.run.status': 'cancelled',
    'stagewire.cancelled_by.id': `key:${ada.id}`,
    'stagewire.cancelled_by.kind': 'user',
  });
});
