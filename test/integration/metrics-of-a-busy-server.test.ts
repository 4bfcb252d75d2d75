import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { connect } from '../support/bare-socket.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { isPromtoolMissing, promtoolProblem } from '../support/promtool.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { scrape, type ScrapedMetrics } from '../support/scraped-metrics.ts';
import { until } from '../support/until.ts';

/** Names that occur in nothing else. */
const odd = {
  owner: 'zq-owner-"7f',
  actor: 'Zq Actor Ünter',
  label: 'zqlabel',
  labelValue: 'zqvalue',
  task: 'Zq task of the ostrich',
  steer: 'Zq steer to the heron',
  model: 'zq/model-of-a-user',
  runId: 'run_zqzqzqzqzqzq0001',
  commandId: '2a2a2a2a-2a2a-4a2a-8a2a-2a2a2a2a2a2a',
  cancelId: '3b3b3b3b-3b3b-4b3b-8b3b-3b3b3b3b3b3b',
  text: 'zqword',
  failure: 'zq failure of the provider',
} as const;

const settled = { timeoutMs: 20_000 };
const withoutPromtool = isPromtoolMissing();

async function start(): Promise<{
  app: KeyedApp;
  token: string;
  read(): Promise<ScrapedMetrics>;
}> {
  const app = await startKeyedApp({
    env: {
      STAGEWIRE_METRICS_PORT: '0',
      STAGEWIRE_MODEL: 'compatible/configured',
      COMPATIBLE_BASE_URL: `${provider.url}/v1`,
    },
  });
  const { token } = await app.key({ name: odd.actor, owner: odd.owner });
  const read = async () => {
    // Pages are shared for a second.
    await pause(1010);
    return scrape(app.metricsUrl ?? '');
  };
  return { app, token, read };
}

const provider = await createProviderServer();
afterAll(() => provider[Symbol.asyncDispose]());

test('labels have no owner, run, actor, text or model of a user, and the numbers are right', async () => {
  const tokens = Array.from({ length: 40 }, () => `${odd.text} `);
  provider.onRequest(({ body }) => {
    if (body['model'] === odd.model)
      return { fault: { kind: 'http', status: 401, body: { error: { message: odd.failure } } } };
    return { tokens, pace: { tokenMs: 30 }, usage: { input: 100, output: 40, cached: 30 } };
  });
  const { app: opened, token, read } = await start();
  await using app = opened;
  await using socket = await connect(app.port, { client: { headers: { authorization: `Bearer ${token}` } } });
  const started = await socket.call('mutation', 'runs.start', {
    runId: odd.runId,
    task: odd.task,
    labels: { [odd.label]: odd.labelValue },
  });
  expect(started.error).toBeUndefined();
  const ofRun = socket.subscribe('runs.events', { runId: odd.runId });
  socket.subscribe('runs.feed', { include: { text: true } });
  const stream = await fetch(
    `${app.url}/trpc/runs.events?input=${encodeURIComponent(JSON.stringify({ runId: odd.runId }))}`,
    { headers: { authorization: `Bearer ${token}`, accept: 'text/event-stream' } },
  );
  const legacy = await fetch(`${app.url}/api/stream/events/${odd.runId}`, {
    headers: { authorization: `Bearer ${token}` },
  });
  void legacy.body?.getReader().read();
  await socket.until(ofRun, 'stage.delta');

  const steered = await socket.call('mutation', 'runs.steer', {
    runId: odd.runId,
    commandId: odd.commandId,
    text: odd.steer,
    expect: 'any',
  });
  expect(steered.error).toBeUndefined();
  // A model of a user, whose provider answers with an error that names everything.
  await socket.call('mutation', 'runs.start', {
    task: odd.task,
    models: { architect: `compatible/${odd.model}` },
  });
  await socket.call('query', 'runs.get', { runId: 'run_zqzqzqzqzqzq9999' });
  await socket.call('query', 'runs.zqprocedure', {});
  const busy = await read();
  expect(busy.value('stagewire_subscribers', { kind: 'run', transport: 'websocket' })).toBe(1);
  expect(busy.value('stagewire_subscribers', { kind: 'feed', transport: 'websocket' })).toBe(1);
  expect(busy.value('stagewire_subscribers', { kind: 'run', transport: 'http' })).toBe(1);
  expect(busy.value('stagewire_subscribers', { kind: 'run', transport: 'legacy' })).toBe(1);
  expect(busy.value('stagewire_websocket_connections')).toBe(1);
  expect(busy.value('stagewire_runs', { status: 'running' })).toBe(1);

  await socket.call('mutation', 'runs.cancel', {
    runId: odd.runId,
    commandId: odd.cancelId,
    target: 'run',
    reason: 'zq reason',
  });
  await socket.until(ofRun, 'run.cancelled');
  await stream.body?.cancel();
  await legacy.body?.cancel().catch(() => undefined);
  await socket[Symbol.asyncDispose]();
  let calm = busy;
  await until(
    async () => {
      calm = await read();
      return calm.value('stagewire_subscribers') === 0 && calm.value('stagewire_runs') === 0;
    },
    'the subscriptions to be over',
    settled,
  );

  expect(calm.value('stagewire_runs_started_total')).toBe(2);
  expect(calm.value('stagewire_runs_ended_total', { status: 'cancelled' })).toBe(1);
  expect(calm.value('stagewire_runs_ended_total', { status: 'failed' })).toBe(1);
  for (const kind of ['steer', 'cancel'])
    for (const outcome of ['accepted', 'applied'])
      expect([kind, outcome, calm.value('stagewire_commands_total', { kind, outcome })]).toEqual([
        kind,
        outcome,
        1,
      ]);
  expect(
    calm.value('stagewire_provider_errors_total', { provider: 'compatible', code: 'PROVIDER_AUTH' }),
  ).toBe(1);
  const calls = (model: string, outcome: string) =>
    calm.value('stagewire_model_calls_total', { provider: 'compatible', model, outcome });
  expect([calls('other', 'failed'), calls('configured', 'aborted')]).toEqual([1, 2]);
  expect(calm.value('stagewire_cancel_to_silence_seconds')).toBe(2);
  expect(calm.value('stagewire_time_to_first_token_seconds')).toBeGreaterThanOrEqual(1);
  expect(calm.value('stagewire_token_gap_seconds')).toBeGreaterThan(0);
  expect(calm.value('stagewire_tokens_total', { model: 'configured', kind: 'input' })).toBeGreaterThan(0);
  expect(calm.value('stagewire_rejections_total', { code: 'RUN_NOT_FOUND' })).toBe(1);
  expect(calm.value('stagewire_rejections_total', { code: 'UNKNOWN_PROCEDURE' })).toBe(1);
  expect(calm.value('stagewire_events_delivered_total')).toBeGreaterThan(20);
  expect(calm.value('stagewire_appends_total', { outcome: 'committed' })).toBe(
    calm.value('stagewire_append_duration_seconds'),
  );

  for (const { text } of [busy, calm]) {
    expect(text).not.toMatch(/zq/i);
    for (const word of ['ostrich', 'heron', 'Ünter', '2a2a2a', '3b3b3b']) expect(text).not.toContain(word);
  }
  for (const page of [busy, calm])
    if (!withoutPromtool) expect(promtoolProblem(['check', 'metrics'], page.text)).toBeUndefined();
  // The closed sets of label values, so that a new one is decided on.
  expect(valuesOf(calm.text, 'provider')).toEqual(['compatible']);
  expect(valuesOf(calm.text, 'model')).toEqual(['configured', 'other']);
});

test('the time from cancel to silence is that of the socket of the provider', async () => {
  provider.onRequest(() => ({ tokens: ['a', 'b'], fault: { kind: 'stall', afterDeltas: 2 } }));
  const { app: opened, token, read } = await start();
  await using app = opened;
  const before = provider.requests.length;
  const runId = await app.startRun(token);
  const request = await provider.request(before + 1);
  await until(async () => request.deltasSent === 2, 'the output to arrive');
  const sentMs = performance.now();
  await app.fetch('/trpc/runs.cancel', token, {
    runId,
    commandId: odd.cancelId,
    target: 'run',
  });
  const { atMs } = await request.closed;
  const seen = await read();
  const measuredMs = seen.value('stagewire_cancel_to_silence_seconds_sum') * 1000;
  expect(seen.value('stagewire_cancel_to_silence_seconds')).toBe(1);
  // The provider's end and the measured one are of two clocks' turns apart at most.
  expect(measuredMs, 'timing: from the cancel to the closed request').toBeLessThanOrEqual(atMs - sentMs + 50);
  expect(measuredMs, 'timing: from the cancel to the closed request').toBeLessThan(250);
});

function valuesOf(text: string, label: string): string[] {
  return [
    ...new Set([...text.matchAll(new RegExp(`[{,]${label}="([^"]*)"`, 'g'))].map((match) => match[1] ?? '')),
  ].toSorted();
}
