import { describe, expect, test } from 'vitest';
import type { EventOf, Receipt, RunEvent } from '@stagewire/shared';
import { connect, eventsOf, type BareSocket } from '../support/bare-socket.ts';
import { createProviderServer } from '../support/provider-server.ts';
import { startServerProcess } from '../support/server-process.ts';

const key = 'sk-test-4f1c';
const wires = [
  {
    name: 'anthropic',
    model: 'anthropic/test-model',
    env: (url: string) => ({ ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: key }),
  },
  {
    name: 'openai',
    model: 'openai/test-model',
    env: (url: string) => ({ OPENAI_BASE_URL: `${url}/v1`, OPENAI_API_KEY: key }),
  },
  {
    name: 'compatible',
    model: 'compatible/test-model',
    env: (url: string) => ({ COMPATIBLE_BASE_URL: `${url}/v1`, COMPATIBLE_API_KEY: key }),
  },
] as const;

const text = 'Ein Plan für „später“: 😀 done.';
const eventually = { timeout: 10_000, interval: 5 };

/** Follows a run over a bare socket, with the instant at which each event came. */
async function follow(socket: BareSocket, runId: string) {
  const seen: { event: RunEvent; atMs: number }[] = [];
  const id = socket.subscribe('runs.events', { runId });
  void (async () => {
    for (;;) {
      const [event] = eventsOf([await socket.next(id)]) as RunEvent[];
      if (event !== undefined) seen.push({ event, atMs: performance.now() });
    }
  })().catch(() => undefined); // It ends with its socket.
  const first = async <Type extends RunEvent['type']>(type: Type, nth = 1) => {
    const of = () => seen.filter(({ event }) => event.type === type)[nth - 1];
    await expect.poll(of, eventually).toBeDefined();
    return of() as { event: EventOf<Type>; atMs: number };
  };
  return { seen, first };
}

async function begin(socket: BareSocket, model: string, roles: readonly string[]) {
  const input = { task: 'Plan', models: { default: model }, pipeline: { roles } };
  const { result } = await socket.call('mutation', 'runs.start', input);
  const receipt = result?.data as { runId: string } | undefined;
  return receipt?.runId ?? 'no receipt';
}

describe.each(wires)('over the real wire of $name, a bare socket', ({ model, env }) => {
  test('starts and follows a run whose text is what the provider sent', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: Array.from(text), reasoning: ['Hm. '], usage: { input: 12, output: 34 } },
    });
    await using server = await startServerProcess({ env: { ...env(provider.url), STAGEWIRE_MODEL: model } });
    await using socket = await connect(server.port);
    const run = await follow(socket, await begin(socket, model, ['architect', 'documenter']));
    const { event } = await run.first('run.completed');
    const texts = [1, 2].map((stage) =>
      run.seen
        .map((one) => (one.event.type === 'stage.delta' && one.event.stage === stage ? one.event.text : ''))
        .join(''),
    );
    expect(texts).toEqual([text, text]);
    expect(event.usage).toMatchObject({ inputTokens: 24, source: 'final' });
    expect((await run.first('stage.reasoning')).event.text).toContain('Hm.');
    for (const request of provider.requests) expect(JSON.stringify(request.headers)).toContain(key);
    expect(JSON.stringify(run.seen)).not.toContain(key);
  });

  test('steers, redirects and cancels in mid-stage, and the provider’s socket is closed at once', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: ['one ', 'two ', 'three'], fault: { kind: 'stall', afterDeltas: 2 } },
    });
    await using server = await startServerProcess({ env: { ...env(provider.url), STAGEWIRE_MODEL: model } });
    await using socket = await connect(server.port);
    await using commands = await connect(server.port);
    const runId = await begin(socket, model, ['architect', 'coder']);
    const run = await follow(socket, runId);

    const steps = [
      ['runs.steer', { text: 'Be brief', mode: 'continue', expect: { stage: 1 } }],
      ['runs.redirect', { to: 'coder', expect: { stage: 1, attempt: 2 } }],
      ['runs.cancel', { target: 'stage', expect: { role: 'coder' } }],
    ] as const;
    const closedAfterMs: number[] = [];
    for (const [index, [path, input]] of steps.entries()) {
      const request = await provider.request(index + 1);
      await expect
        .poll(() => run.seen.filter(({ event }) => event.type === 'stage.delta').at(-1)?.event, eventually)
        .toMatchObject({ text: expect.stringContaining('two') });
      run.seen.length = 0;
      const commandId = crypto.randomUUID();
      const { result } = await commands.call('mutation', path, { runId, commandId, ...input });
      const acceptedMs = performance.now();
      expect(result?.data).toMatchObject({
        commandId,
        target: { attempt: expect.any(Number) },
      } satisfies Partial<Record<keyof Receipt, unknown>>);
      closedAfterMs.push((await request.closed).atMs - acceptedMs);
      expect((await run.first('command.applied')).event).toMatchObject({ commandId });
    }
    const { event } = await run.first('run.completed');
    expect(event.usage.source).toBe('estimated');
    // The steered attempt went on: same text, same place, the draft and the instruction in its prompt.
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('Be brief');
    expect(JSON.stringify(provider.requests[1]?.body)).toContain('one two ');
    // Far above what is measured (a few milliseconds), far below any time-out: a busy machine must not fail it.
    expect(Math.max(...closedAfterMs), 'timing: from the cancel to the closed request').toBeLessThan(250);
  });

  test('has each token within moments of the provider’s sending it', async () => {
    await using provider = await createProviderServer({
      answer: { tokens: Array.from({ length: 40 }, (_, n) => `t${n} `), pace: { tokenMs: 25 } },
    });
    await using server = await startServerProcess({ env: { ...env(provider.url), STAGEWIRE_MODEL: model } });
    await using socket = await connect(server.port);
    const run = await follow(socket, await begin(socket, model, ['documenter']));
    const request = await provider.request(1);
    await expect.poll(() => request.deltasSent, { timeout: 10_000, interval: 1 }).toBeGreaterThan(0);
    const sentMs = performance.now();
    const { atMs } = await run.first('stage.delta');
    expect(atMs - sentMs, 'timing: from the first token sent to its event').toBeLessThan(250);
    await run.first('run.completed');
    const deltas = run.seen.filter(({ event }) => event.type === 'stage.delta');
    // Under load neighbours are merged; one piece at the end would mean that it had not been streamed.
    expect(deltas.length).toBeGreaterThan(3);
  });
});
