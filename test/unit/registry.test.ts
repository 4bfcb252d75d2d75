import { describe, expect, test } from 'vitest';
import { ModelRefError, parseModelRef } from '../../server/providers/model-ref.ts';
import type { ProviderSettings } from '../../server/providers/provider-settings.ts';
import type { Provider } from '../../server/providers/provider.ts';
import { createRegistry } from '../../server/providers/registry.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createModelServer } from '../support/model-server.ts';

const dead = 'http://127.0.0.1:9/v1';
const everything: ProviderSettings = {
  anthropic: { apiKey: 'a', baseUrl: 'http://127.0.0.1:9' },
  openai: { apiKey: 'b', baseUrl: dead },
  openrouter: { apiKey: 'c', baseUrl: dead },
  ollama: { baseUrl: dead },
  compatible: { baseUrl: dead },
};

describe('a model reference', () => {
  test.each([
    ['openai/gpt-6', 'openai', 'gpt-6'],
    ['openrouter/anthropic/claude-x:free', 'openrouter', 'anthropic/claude-x:free'],
    ['ollama/qwen3:8b', 'ollama', 'qwen3:8b'],
    ['rehearsal', 'rehearsal', ''],
    ['rehearsal/', 'rehearsal', ''],
    ['rehearsal/tps=5,seed=1', 'rehearsal', 'tps=5,seed=1'],
  ])('%s is %s and its model', (modelRef, provider, model) => {
    expect(parseModelRef(modelRef)).toEqual({ provider, model });
  });

  test.each([
    '',
    'gpt-6',
    'mistral/x',
    'openai/',
    'openai',
    'openai/a b',
    'toString/x',
    `openai/${'x'.repeat(300)}`,
  ])('"%s" cannot be read', (modelRef) => {
    expect(() => parseModelRef(modelRef)).toThrow(ModelRefError);
    expect(() => parseModelRef(modelRef)).toThrow(/is not a valid model: /);
  });
});

describe('the registry', () => {
  test('makes each provider once, when it is first asked for', async () => {
    await using registry = createRegistry({ clock: systemClock, settings: everything });
    const names = ['anthropic', 'openai', 'openrouter', 'ollama', 'compatible', 'rehearsal'];
    const found = names.map((name) => registry.resolve(name === 'rehearsal' ? name : `${name}/m`));
    expect(found.map((one) => one.model)).toEqual(['m', 'm', 'm', 'm', 'm', '']);
    expect(new Set(found.map((one) => one.provider)).size).toBe(6);
    expect(registry.resolve('openai/other').provider).toBe(found[1]?.provider);
    expect(registry.resolve('rehearsal/tps=0').provider).toBe(found[5]?.provider);
  });

  test.each([
    [
      'anthropic/x',
      /since Anthropic is not configured on this server: set ANTHROPIC_API_KEY and restart the server/,
    ],
    ['openai/x', /set OPENAI_API_KEY/],
    ['openrouter/x', /set OPENROUTER_API_KEY/],
    ['compatible/x', /set COMPATIBLE_BASE_URL/],
  ])('says for %s which variable is missing', async (modelRef, message) => {
    await using registry = createRegistry({ clock: systemClock, settings: { ollama: { baseUrl: dead } } });
    expect(registry.findProblem(modelRef)).toMatch(message);
    expect(() => registry.resolve(modelRef)).toThrow(message);
    expect(refusalOf(() => registry.resolve(modelRef))).toMatchObject({ code: 'NOT_CONFIGURED', modelRef });
  });

  test('finds no problem where there is none, without making a provider', async () => {
    await using registry = createRegistry({ clock: systemClock, settings: everything });
    expect(registry.findProblem('openai/gpt-6')).toBeUndefined();
    expect(registry.findProblem('rehearsal/seed=1')).toBeUndefined();
    expect(registry.findProblem('rehearsal/seed=x')).toMatch(/option seed=x/);
    expect(registry.findProblem('nobody/x')).toMatch(/unknown or missing provider/);
  });

  test('sends each provider’s key to its own server only', async () => {
    await using server = await createModelServer(['m-1']);
    const settings = {
      anthropic: { apiKey: 'a', baseUrl: server.url },
      openai: { apiKey: 'b', baseUrl: `${server.url}/v1` },
      openrouter: { apiKey: 'c', baseUrl: `${server.url}/api/v1` },
      ollama: { baseUrl: `${server.url}/ollama/v1` },
      compatible: { apiKey: 'd', baseUrl: `${server.url}/other/v1` },
    };
    await using registry = createRegistry({ clock: systemClock, settings });
    for (const name of ['anthropic', 'openai', 'openrouter', 'compatible', 'ollama'] as const) {
      expect(await registry.listModels(name)).toEqual(['m-1']);
    }
    expect(server.requests).toEqual([
      { path: '/v1/models?limit=1000', key: 'a' },
      { path: '/v1/models', key: 'b' },
      { path: '/api/v1/models', key: 'c' },
      { path: '/other/v1/models', key: 'd' },
      { path: '/ollama/v1/models', key: 'none' },
    ]);
  });

  test('puts every provider under a watchdog', async () => {
    const clock = createFakeClock();
    const settings = { ollama: { baseUrl: dead } };
    await using registry = createRegistry({ clock, settings, watchdog: { idleTimeoutMs: 5000 } });
    const { provider, model } = registry.resolve('rehearsal/tps=0,fault=stall@10');
    const outcome = outcomeOf(provider, model);
    await clock.advance(5400);
    await expect(outcome).resolves.toMatchObject({ code: 'PROVIDER_STALLED', retryable: true });
  });

  test('gives each provider its own time for the first byte', async () => {
    await using server = await createModelServer(() => {});
    const clock = createFakeClock();
    const settings = {
      ollama: { baseUrl: `${server.url}/v1` },
      compatible: { baseUrl: `${server.url}/v1`, firstByteMs: 3_000 },
      openai: { apiKey: 'k', baseUrl: `${server.url}/v1` },
    };
    await using registry = createRegistry({ clock, settings });
    for (const [modelRef, firstByteMs] of [
      ['compatible/m', 3_000],
      ['openai/m', 120_000],
      ['ollama/m', 600_000],
    ] as const) {
      const { provider, model } = registry.resolve(modelRef);
      let ended = false;
      const outcome = outcomeOf(provider, model).then((it) => {
        ended = true;
        return it;
      });
      await clock.advance(firstByteMs - 1);
      expect(ended).toBe(false);
      await clock.advance(1);
      await expect(outcome).resolves.toMatchObject({
        code: 'PROVIDER_STALLED',
        message: expect.stringContaining(`${firstByteMs} ms`),
      });
    }
  });

  test.each([
    [
      'anthropic',
      '',
      [{ id: 'claude-x-20260101', max_input_tokens: 200_000, max_tokens: 64_000 }],
      'claude-x',
      200_000,
      64_000,
    ],
    [
      'openrouter',
      '/api/v1',
      [
        {
          id: 'a/b',
          context_length: 1_000_000,
          top_provider: { context_length: 131_072, max_completion_tokens: 8_192 },
        },
      ],
      'a/b',
      131_072,
      8_192,
    ],
    ['compatible', '/v1', [{ id: 'v', max_model_len: 32_768 }], 'v', 32_768, undefined],
    [
      'compatible',
      '/v1',
      [{ id: 'g', context_window: 131_072, max_completion_tokens: 32_768 }],
      'g',
      131_072,
      32_768,
    ],
    [
      'compatible',
      '/v1',
      [{ name: 'nameless' }, { id: 'l', meta: { n_ctx_train: 4_096 } }, { id: 'z', max_model_len: 0 }],
      'l',
      4_096,
      undefined,
    ],
  ] as const)(
    'learns what a model of %s can take from its list',
    async (name, path, data, model, contextTokens, outputTokens) => {
      await using server = await createModelServer(
        (_request, response) => void response.end(JSON.stringify({ data })),
      );
      const settings = { ollama: { baseUrl: dead }, [name]: { apiKey: 'k', baseUrl: server.url + path } };
      await using registry = createRegistry({ clock: systemClock, settings, listDelayMs: 0 });
      const modelRef = `${name}/${model}`;
      expect(registry.limitsOf(modelRef)).toBeUndefined();
      registry.resolve(modelRef);
      registry.resolve(modelRef);
      await expect
        .poll(() => registry.limitsOf(modelRef))
        .toEqual({
          contextTokens,
          ...(outputTokens === undefined ? {} : { outputTokens }),
        });
      expect(server.requests).toHaveLength(1);
      expect(registry.limitsOf('rehearsal')).toBeUndefined();
    },
  );

  test('is silent about a list that cannot be had', async () => {
    await using server = await createModelServer((_request, response) => void response.writeHead(500).end());
    const settings = { ollama: { baseUrl: dead }, compatible: { baseUrl: `${server.url}/v1` } };
    await using registry = createRegistry({ clock: systemClock, settings, listDelayMs: 0 });
    registry.resolve('compatible/m');
    await expect.poll(() => server.requests.length).toBe(1);
    expect(registry.limitsOf('compatible/m')).toBeUndefined();
  });

  test('resolves nothing remote once it is closed', async () => {
    const registry = createRegistry({ clock: systemClock, settings: everything });
    registry.resolve('openai/x');
    await registry.close();
    expect(() => registry.resolve('openai/x')).toThrow(/closed/);
    await registry.close();
  });
});

async function outcomeOf(provider: Provider, model: string): Promise<unknown> {
  const rehearsal = {
    role: 'coder',
    task: 'A task',
    visit: 1,
    attempt: 1,
    instructions: [],
    keptText: '',
    issues: [],
  };
  const request = { model, system: '', messages: [], rehearsal: { ...rehearsal, runId: 'run_00000001' } };
  const call = { signal: new AbortController().signal, onWire: () => {} };
  try {
    for await (const event of provider.stream(request, call)) if (event.type === 'finish') return 'finished';
    return 'ended';
  } catch (error) {
    return error;
  }
}

function refusalOf(attempt: () => unknown): unknown {
  try {
    return attempt();
  } catch (error) {
    return error;
  }
}
