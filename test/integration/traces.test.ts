import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig, type Environment } from '../../server/process/config.ts';
import { systemClock, type Clock } from '../../server/runtime/clock.ts';
import { command } from '../support/command-line.ts';
import { createOtlpReceiver, type ReceivedSpan } from '../support/otlp-receiver.ts';
import { until } from '../support/until.ts';

/** Timers that fire early, so that the exporter looks at the log often. */
const hurried: Clock = {
  ...systemClock,
  after: (delayMs, task) => systemClock.after(delayMs / 50, task),
};

const start = (env: Environment) =>
  startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=300',
      ...env,
    }),
    clock: hurried,
  });

const named = (spans: readonly ReceivedSpan[], name: string) =>
  spans.filter((span) => span.name.startsWith(name));

const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

test('a run is a trace: its workflow, an agent for each stage, a chat for each attempt', async () => {
  await using receiver = await createOtlpReceiver();
  const app = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=blue%20team',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
  });
  expect(app.notes).toContain(`Traces: exported to ${new URL(receiver.url).host}`);
  try {
    await using client = connect({ url: app.url });
    const run = await client.start({ task: 'A secret task', traceparent, pipeline: { maxRefinements: 1 } });
    await run.result();
    const state = await run.snapshot();
    await until(() => named(receiver.spans(), 'invoke_workflow').length === 1, 'the span of the run');

    const spans = receiver.spans();
    const [workflow] = named(spans, 'invoke_workflow');
    expect(workflow).toMatchObject({
      name: 'invoke_workflow stagewire',
      kind: 'internal',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      parentSpanId: 'b7ad6b7169203331',
      schemaUrl: 'https://opentelemetry.io/schemas/1.41.0',
      resource: { 'service.name': 'stagewire', 'deployment.environment.name': 'test' },
      attributes: {
        'gen_ai.operation.name': 'invoke_workflow',
        'gen_ai.workflow.name': 'stagewire',
        'gen_ai.conversation.id': run.id,
        'stagewire.run.status': 'completed',
        'stagewire.owner': 'local',
      },
    });
    const agents = named(spans, 'invoke_agent');
    expect(agents.map(({ name }) => name)).toEqual(state.stages.map(({ role }) => `invoke_agent ${role}`));
    for (const agent of agents) expect(agent.parentSpanId).toBe(workflow?.spanId);
    const chats = named(spans, 'chat');
    expect(chats.length).toBe(state.stages.flatMap(({ attempts }) => attempts).length);
    for (const chat of chats) {
      expect(agents.map(({ spanId }) => spanId)).toContain(chat.parentSpanId);
      expect(chat).toMatchObject({ kind: 'client', traceId: workflow?.traceId });
      expect(chat.attributes).toMatchObject({
        'gen_ai.operation.name': 'chat',
        'gen_ai.provider.name': 'rehearsal',
        'gen_ai.response.finish_reasons': ['stop'],
      });
      expect(chat.attributes['gen_ai.usage.output_tokens']).toBeGreaterThan(0);
      expect(chat.endMs).toBeGreaterThanOrEqual(chat.startMs);
    }
    expect(new Set(spans.map(({ spanId }) => spanId)).size).toBe(spans.length);
    // No text of the run is in any span, and no header of the request is missing.
    expect(JSON.stringify(receiver.accepted)).not.toContain('secret task');
    expect(JSON.stringify(receiver.accepted)).not.toContain('messages');
    expect(receiver.requests[0]).toMatchObject({ path: '/v1/traces', headers: { 'x-tenant': 'blue team' } });
  } finally {
    await app.close();
  }
});

test('who cancelled a run, and what interrupted an attempt, is in its trace', async () => {
  await using receiver = await createOtlpReceiver();
  const app = await start({
    OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${receiver.url}/own/path`,
    STAGEWIRE_MODEL: 'rehearsal/tps=20,ttft=0',
  });
  try {
    await using client = connect({ url: app.url });
    const run = await client.start({ task: 'Long', pipeline: { roles: ['coder'] } });
    const events = run.events();
    for await (const event of events) {
      if (event.type === 'stage.delta' && event.attempt === 1)
        await client.procedures.runs.steer({
          runId: run.id,
          commandId: crypto.randomUUID(),
          text: 'Words of the user',
          expect: 'any',
        });
      if (event.type === 'stage.delta' && event.attempt === 2) break;
    }
    await run.cancel({ reason: 'words of the user' });
    await until(() => named(receiver.spans(), 'invoke_workflow').length === 1, 'the span of the run');
    const [workflow] = named(receiver.spans(), 'invoke_workflow');
    expect(workflow?.attributes).toMatchObject({
      'stagewire.run.status': 'cancelled',
      'stagewire.cancelled_by.id': 'local',
    });
    expect(
      workflow?.events.map(({ name, attributes }) => [name, attributes['stagewire.command.kind']]),
    ).toEqual(
      expect.arrayContaining([
        ['stagewire.command.accepted', 'steer'],
        ['stagewire.command.applied', 'steer'],
        ['stagewire.command.accepted', 'cancel'],
      ]),
    );
    const [first, second] = named(receiver.spans(), 'chat').toSorted((a, b) => a.startMs - b.startMs);
    expect(first?.attributes).toMatchObject({
      'stagewire.attempt.outcome': 'interrupted',
      'stagewire.interrupted.cause': 'steer',
    });
    expect(first?.events[0]?.attributes).toMatchObject({ 'stagewire.actor.id': 'local' });
    expect(second?.links).toEqual([
      { spanId: first?.spanId, attributes: { 'stagewire.attempt.cause': 'steer' } },
    ]);
    expect(receiver.requests[0]?.path).toBe('/own/path');
    expect(JSON.stringify(receiver.accepted).toLowerCase()).not.toContain('words of the user');
  } finally {
    await app.close();
  }
});

test('texts are exported only if the variable of the conventions asks for them', async () => {
  await using receiver = await createOtlpReceiver();
  const app = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: `${receiver.url}/`,
    OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: 'true',
  });
  try {
    await using client = connect({ url: app.url });
    const run = await client.start({ task: 'A task to see', pipeline: { roles: ['coder'] } });
    await run.result();
    await until(() => named(receiver.spans(), 'invoke_workflow').length === 1, 'the span of the run');
    const [workflow] = named(receiver.spans(), 'invoke_workflow');
    expect(JSON.parse(String(workflow?.attributes['gen_ai.input.messages']))).toEqual([
      { role: 'user', parts: [{ type: 'text', content: 'A task to see' }] },
    ]);
    const [chat] = named(receiver.spans(), 'chat');
    const text = (await run.snapshot()).stages[0]?.attempts[0]?.text;
    expect(JSON.parse(String(chat?.attributes['gen_ai.output.messages']))).toEqual([
      { role: 'assistant', parts: [{ type: 'text', content: text }] },
    ]);
  } finally {
    await app.close();
  }
});

test('an outage of the collector loses nothing, also over a restart of the server', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-traces-'));
  await using receiver = await createOtlpReceiver();
  const env = {
    STAGEWIRE_LOG: 'sqlite',
    STAGEWIRE_DATA_DIR: dataDir,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  };
  const runIds: string[] = [];
  /** One run, which the collector does not accept. */
  async function runOnce({ url }: { readonly url: string }): Promise<void> {
    await using client = connect({ url });
    const pipeline = { roles: ['coder', 'reviewer'], maxRefinements: 0 };
    const run = await client.start({ task: 'Build', pipeline });
    await run.result();
    runIds.push(run.id);
    const failed = receiver.requests.length;
    await until(() => receiver.requests.length > failed, 'another attempt to export');
    expect(receiver.accepted).toEqual([]);
  }
  try {
    let app = await start(env);
    const position = join(dataDir, 'export-traces.json');
    await until(async () => (await readFile(position, 'utf8').catch(() => '')) !== '', 'the first position');
    receiver.answer = { status: 503, headers: { 'retry-after': '1' } };
    await runOnce(app);
    await app.close();
    app = await start(env);
    await runOnce(app);
    receiver.answer = { status: 200 };
    await until(() => named(receiver.spans(), 'invoke_workflow').length === 2, 'the spans of both runs');
    await app.close();
    for (const runId of runIds) {
      const own = receiver.spans().filter(({ attributes }) => attributes['stagewire.run.id'] === runId);
      expect(own.map(({ name }) => name.replace(/ .*/, '')).toSorted()).toEqual([
        'chat',
        'chat',
        'invoke_agent',
        'invoke_agent',
        'invoke_workflow',
      ]);
    }
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
});

test('stagewire trace exports earlier runs again, under the same ids, for an admin', async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-traces-'));
  await using receiver = await createOtlpReceiver();
  const created = await command(['keys', 'create', '--name', 'root', '--permissions', 'admin'], {
    env: { STAGEWIRE_DATA_DIR: dataDir },
  });
  const token = created.stdout.trim();
  const app = await start({
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    STAGEWIRE_AUTH: 'keys',
    STAGEWIRE_LOG: 'sqlite',
    STAGEWIRE_DATA_DIR: dataDir,
  });
  try {
    await using client = connect({ url: app.url, token });
    for (let run = 0; run < 25; run += 1) {
      await (await client.start({ task: 'Build', pipeline: { roles: ['coder'] } })).result();
    }
    await until(() => named(receiver.spans(), 'invoke_workflow').length === 25, 'the spans of all runs');
    const before = receiver.spans();
    const requests = receiver.accepted.length;
    const env = { STAGEWIRE_URL: app.url, STAGEWIRE_TOKEN: token };
    const line = await command(['trace', '--since', '1h', '--json'], { env });
    expect(line.stderr).toBe('');
    expect(JSON.parse(line.stdout)).toMatchObject({ runs: 25, spans: before.length });
    expect(receiver.accepted.length).toBeGreaterThan(requests);
    const byId = (spans: readonly ReceivedSpan[]) => new Map(spans.map((span) => [span.spanId, span]));
    expect(byId(receiver.spans())).toEqual(byId(before));
    receiver.answer = { status: 503 };
    const since = new Date(0).toISOString();
    const { traces } = client.procedures;
    await expect(traces.export({ since })).rejects.toMatchObject({ code: 'OVERLOADED' });
    await expect(traces.export({ since, before: 'x' })).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  } finally {
    await app.close();
    await rm(dataDir, { recursive: true, force: true });
  }
});
