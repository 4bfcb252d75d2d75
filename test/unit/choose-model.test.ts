import { describe, expect, test } from 'vitest';
import { chooseModel, ModelChoiceError, preferred } from '../../server/providers/choose-model.ts';
import type { ConfiguredModels, ModelChoice } from '../../server/providers/choose-model.ts';
import type { ProviderSettings } from '../../server/providers/provider-settings.ts';
import { createRegistry } from '../../server/providers/registry.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createModelServer } from '../support/model-server.ts';

const noOllama: ProviderSettings = { ollama: { baseUrl: 'http://127.0.0.1:9/v1' } };

async function choose(
  settings: Partial<ProviderSettings>,
  models: ConfiguredModels = { perRole: {} },
  timeouts: { readonly listTimeoutMs?: number; readonly ollamaTimeoutMs?: number } = {},
): Promise<ModelChoice> {
  const all = { ...noOllama, ...settings };
  await using registry = createRegistry({ clock: systemClock, settings: all });
  return await chooseModel({
    models,
    settings: all,
    listModels: (name, options) => registry.listModels(name, options),
    ...timeouts,
  });
}

describe('the default model', () => {
  test('is what STAGEWIRE_MODEL says, and nobody is asked', async () => {
    await using server = await createModelServer(['gpt-6-sol']);
    const openai = { apiKey: 'k', baseUrl: `${server.url}/v1` };
    const choice = await choose(
      { openai },
      { default: 'openai/own', perRole: { coder: 'rehearsal/seed=1' } },
    );
    expect(choice).toMatchObject({
      default: 'openai/own',
      perRole: { coder: 'rehearsal/seed=1' },
      realModel: true,
      notes: [
        'Model: openai/own (set by STAGEWIRE_MODEL).',
        'Model of the coder: rehearsal/seed=1 (set by STAGEWIRE_MODEL_CODER).',
      ],
    });
    expect(server.requests).toEqual([]);
  });

  test('that is a rehearsal by wish is said to be one', async () => {
    const choice = await choose({}, { default: 'rehearsal/tps=9', perRole: {} });
    expect(choice).toMatchObject({ default: 'rehearsal/tps=9', realModel: false });
    expect(choice.notes.join('\n')).toMatch(/built-in simulated model/);
  });

  test.each([
    [
      'anthropic',
      '',
      ['claude-opus-9', 'claude-sonnet-4-5', 'claude-sonnet-5-5'],
      'anthropic/claude-sonnet-5-5',
    ],
    ['openai', '/v1', ['text-embedding-3', 'gpt-6-sol', 'gpt-6.1-sol', 'gpt-6.1'], 'openai/gpt-6.1-sol'],
    [
      'openrouter',
      '/api/v1',
      ['x/y', 'anthropic/claude-sonnet-5.5'],
      'openrouter/anthropic/claude-sonnet-5.5',
    ],
    ['compatible', '/v1', ['nomic-embed-text', 'my-model'], 'compatible/my-model'],
  ] as const)('is taken from the models that the key of %s can use', async (name, path, ids, expected) => {
    await using server = await createModelServer(ids);
    const choice = await choose({ [name]: { apiKey: 'k', baseUrl: server.url + path } });
    expect(choice).toMatchObject({ default: expected, realModel: true });
    expect(choice.notes).toHaveLength(1);
    expect(choice.notes[0]).toContain(`Model: ${expected}, chosen from the ${ids.length} models`);
    expect(choice.notes[0]).toContain(
      name === 'compatible' ? 'COMPATIBLE_BASE_URL' : `${name.toUpperCase()}_API_KEY`,
    );
    expect(choice.notes[0]).toContain('Set STAGEWIRE_MODEL to change it.');
  });

  test('is Anthropic’s before OpenAI’s when both keys are set, and the other one is mentioned', async () => {
    await using anthropic = await createModelServer(['claude-sonnet-5']);
    await using openai = await createModelServer(['gpt-6']);
    const choice = await choose({
      openai: { apiKey: 'k', baseUrl: `${openai.url}/v1` },
      anthropic: { apiKey: 'k', baseUrl: anthropic.url },
    });
    expect(choice.default).toBe('anthropic/claude-sonnet-5');
    expect(choice.notes[1]).toMatch(/^OPENAI_API_KEY is also set/);
    expect(openai.requests).toEqual([]);
  });

  test('is never the rehearsal when a key is set but no model is preferred: three are named', async () => {
    await using server = await createModelServer(['a-1', 'b-2', 'c-3', 'd-4']);
    const chosen = choose({ openai: { apiKey: 'k', baseUrl: `${server.url}/v1` } });
    await expect(chosen).rejects.toThrow(ModelChoiceError);
    await expect(chosen).rejects.toThrow(
      /none of the models of .* \(4\) .* for example: openai\/a-1, openai\/b-2, openai\/c-3\). Set STAGEWIRE_MODEL/,
    );
    await expect(chosen).rejects.not.toThrow(/d-4/);
  });

  test('is never the rehearsal when a key is set but listing fails: the error is told, without the key', async () => {
    await using server = await createModelServer((_request, response) => {
      response.statusCode = 401;
      response.end('{"error": {"message": "bad key sk-secret"}}');
    });
    const chosen = choose({ openai: { apiKey: 'sk-secret', baseUrl: `${server.url}/v1` } });
    await expect(chosen).rejects.toThrow(
      /^OPENAI_API_KEY is set .* cannot be listed: .*Set STAGEWIRE_MODEL/s,
    );
    await expect(chosen).rejects.not.toThrow(/sk-secret/);
  });

  test('is given up when a provider lists nothing in time', async () => {
    await using server = await createModelServer(() => {});
    const openai = { apiKey: 'k', baseUrl: `${server.url}/v1` };
    await expect(choose({ openai }, undefined, { listTimeoutMs: 50 })).rejects.toThrow(/longer than 50 ms/);
  });
});

describe('without a key', () => {
  test('it is a model of the Ollama that answers', async () => {
    await using server = await createModelServer(['nomic-embed-text:latest', 'phi:3', 'qwen3-coder:30b']);
    const choice = await choose({ ollama: { baseUrl: `${server.url}/v1` } });
    expect(choice).toMatchObject({ default: 'ollama/qwen3-coder:30b', realModel: true });
    expect(choice.notes[0]).toMatch(/since no key is set\. Set STAGEWIRE_MODEL to change it\./);
  });

  test('Ollama is not asked when there is a key', async () => {
    await using ollama = await createModelServer(['qwen3']);
    await using openai = await createModelServer(['gpt-6']);
    await choose({
      ollama: { baseUrl: `${ollama.url}/v1` },
      openai: { apiKey: 'k', baseUrl: `${openai.url}/v1` },
    });
    expect(ollama.requests).toEqual([]);
  });

  test('and without Ollama it is the rehearsal, and that is said', async () => {
    const choice = await choose({});
    expect(choice).toMatchObject({ default: 'rehearsal', realModel: false });
    const notes = choice.notes.join('\n');
    expect(notes).toMatch(
      /^Model: rehearsal, since no key is set, and the models of Ollama cannot be listed: .*127\.0\.0\.1:9/,
    );
    expect(notes).toMatch(/generates its text on this machine/);
    expect(notes).toMatch(/set ANTHROPIC_API_KEY, OPENAI_API_KEY, OPENROUTER_API_KEY or STAGEWIRE_MODEL/);
  });

  test('an Ollama that is silent delays the start by its short deadline only', async () => {
    await using server = await createModelServer(() => {});
    const startedAt = performance.now();
    const choice = await choose({ ollama: { baseUrl: `${server.url}/v1` } });
    expect(choice.default).toBe('rehearsal');
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });

  test('an Ollama without a model that writes text is named with what it has', async () => {
    await using server = await createModelServer(['nomic-embed-text:latest']);
    const choice = await choose({ ollama: { baseUrl: `${server.url}/v1` } });
    expect(choice.default).toBe('rehearsal');
    expect(choice.notes[0]).toMatch(/for example: ollama\/nomic-embed-text:latest/);
  });
});

describe('a list of models in another shape', () => {
  test.each([
    ['a bare list (Together)', [{ id: 'a' }, { id: 'b' }], ['a', 'b']],
    [
      'entries without an id',
      { data: [{ name: 'x' }, { id: 'a' }, null, 'b', { id: '' }, { id: 7 }] },
      ['a'],
    ],
    ['models instead of data', { models: [{ id: 'a' }] }, ['a']],
    ['null (Ollama without a model)', { data: null }, []],
    ['one id twice', { data: [{ id: 'a' }, { id: 'a' }] }, ['a']],
  ])('is read: %s', async (_, body, ids) => {
    await using server = await createModelServer(
      (_request, response) => void response.end(JSON.stringify(body)),
    );
    await using registry = createRegistry({
      clock: systemClock,
      settings: { ...noOllama, compatible: { baseUrl: `${server.url}/v1` } },
    });
    expect(await registry.listModels('compatible')).toEqual(ids);
  });

  test.each([
    [
      200,
      '<html><style>a{}</style><title>Welcome</title></html>',
      /Welcome.*Requested URL: http.*\/models\. The base URL usually ends with \/v1/,
    ],
    [
      404,
      '404 page not found',
      /Requested URL: http:\/\/127\.0\.0\.1:\d+\/models\. The base URL usually ends with \/v1 \(COMPATIBLE_BASE_URL\)/,
    ],
    [200, '{"status":"Ollama is running"}', /did not return a list of models/],
  ])('%i %s is told with the address that was asked', async (status, body, words) => {
    await using server = await createModelServer(
      (_request, response) => void response.writeHead(status).end(body),
    );
    await using registry = createRegistry({
      clock: systemClock,
      settings: { ...noOllama, compatible: { baseUrl: server.url } },
    });
    const listing = registry.listModels('compatible');
    await expect(listing).rejects.toMatchObject({ reason: 'wrong_address', retryable: false });
    await expect(listing).rejects.toThrow(words);
  });

  test('all pages of Anthropic’s list are read', async () => {
    await using server = await createModelServer((request, response) => {
      const after = new URL(request.url ?? '', 'http://h').searchParams.get('after_id');
      response.end(
        JSON.stringify(after === null ? { data: [{ id: 'a' }], has_more: true } : { data: [{ id: 'b' }] }),
      );
    });
    await using registry = createRegistry({
      clock: systemClock,
      settings: { ...noOllama, anthropic: { apiKey: 'k', baseUrl: server.url } },
    });
    expect(await registry.listModels('anthropic')).toEqual(['a', 'b']);
  });
});

describe('the preference', () => {
  test.each([
    [
      'anthropic',
      ['claude-haiku-5-5', 'claude-opus-5-5', 'claude-sonnet-4-6', 'claude-sonnet-5'],
      'claude-sonnet-5',
    ],
    [
      'anthropic',
      ['claude-sonnet-4-20250514', 'claude-sonnet-4-5-20250929', 'claude-sonnet-4-5'],
      'claude-sonnet-4-5',
    ],
    ['anthropic', ['claude-haiku-4-5', 'claude-opus-4-10', 'claude-opus-4-9'], 'claude-opus-4-10'],
    ['openai', ['gpt-5.5', 'gpt-5.4', 'gpt-5.4-mini', 'gpt-4o', 'gpt-image-2', 'gpt-6-realtime'], 'gpt-5.5'],
    ['openai', ['gpt-6-luna', 'gpt-5.4-mini'], 'gpt-6-luna'],
    ['openai', ['gpt-6-audio', 'whisper-1', 'text-embedding-3-large', 'o3'], undefined],
    ['ollama', ['some:latest', 'llama4', 'bge-m3'], 'llama4'],
    ['ollama', ['some:latest', 'other'], 'some:latest'],
    ['compatible', ['has space', 'plain'], 'plain'],
    ['compatible', [], undefined],
  ] as const)('of %s among %j is %s', (name, ids, expected) => {
    expect(preferred(name, ids)).toBe(expected);
  });
});
