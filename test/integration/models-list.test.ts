import { connect } from '@stagewire/client';
import { ModelList } from '@stagewire/shared/model-list';
import { describe, expect, test } from 'vitest';
import { startKeyedApp } from '../support/keyed-app.ts';
import { connect as connectSocket } from '../support/bare-socket.ts';
import { createModelServer } from '../support/model-server.ts';

const secret = 'sk-secret-0123456789abcdef';

describe('models.list', () => {
  test('is the same over HTTP and over a WebSocket, and requests each provider once', async () => {
    await using anthropic = await createModelServer(['claude-a', 'claude-b']);
    await using ollama = await createModelServer(['qwen3:8b']);
    await using app = await startKeyedApp({
      env: {
        ANTHROPIC_API_KEY: secret,
        ANTHROPIC_BASE_URL: anthropic.url,
        OLLAMA_BASE_URL: `${ollama.url}/v1`,
      },
    });
    const { token } = await app.key({ permissions: ['runs:start'] });
    await using client = connect({ url: app.url, token });
    await using bot = await connectSocket(app.port, {
      client: { headers: { authorization: `Bearer ${token}` } },
    });
    const [list, again] = await Promise.all([client.models(), client.procedures.models.list(undefined)]);
    expect(ModelList.parse(list).providers).toMatchObject([
      {
        provider: 'anthropic',
        models: [{ model: 'anthropic/claude-a' }, { model: 'anthropic/claude-b' }],
        omitted: 0,
      },
      { provider: 'ollama', models: [{ model: 'ollama/qwen3:8b' }], omitted: 0 },
      { provider: 'rehearsal' },
    ]);
    expect(again.providers.slice(0, 2)).toEqual(list.providers.slice(0, 2));
    const overSocket = await bot.call('query', 'models.list');
    expect(overSocket).toMatchObject({
      result: { data: { providers: [...list.providers.slice(0, 2), { provider: 'rehearsal' }] } },
    });
    expect(anthropic.requests.map(({ key }) => key)).toEqual([secret]);
    expect(ollama.requests).toHaveLength(1);
    const { limits } = await client.info();
    expect(limits).toMatchObject({
      modelListKeptMs: 600_000,
      modelListRetryMs: 15_000,
      maxModelsPerProvider: 1000,
    });
  });

  test('reports a provider that cannot be listed, in whatever way, without the key and without delay for others', async () => {
    await using rejecting = await createModelServer((request, response) => {
      response.writeHead(401, { 'content-type': 'application/json' });
      response.end(
        JSON.stringify({ error: { message: `Wrong key: ${String(request.headers['x-api-key'])}` } }),
      );
    });
    await using page = await createModelServer((_, response) => {
      response.end(`<html><title>Sign in</title>${secret}</html>`);
    });
    await using echoing = await createModelServer((_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify({ data: [{ id: 'good' }, { id: `of-${secret}` }] }));
    });
    await using app = await startKeyedApp({
      env: {
        ANTHROPIC_API_KEY: secret,
        ANTHROPIC_BASE_URL: rejecting.url,
        OPENAI_API_KEY: secret,
        OPENAI_BASE_URL: `${page.url}/v1`,
        COMPATIBLE_BASE_URL: `${echoing.url}/v1`,
        COMPATIBLE_API_KEY: secret,
        OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1',
      },
    });
    await using client = connect({ url: app.url, token: (await app.key()).token });
    const list = ModelList.parse(await client.models());
    expect(Object.fromEntries(list.providers.map((it) => [it.provider, it]))).toMatchObject({
      anthropic: { models: [], failure: { code: 'PROVIDER_AUTH', retryable: false } },
      openai: { models: [], failure: { code: 'PROVIDER_UNAVAILABLE', reason: 'wrong_address' } },
      compatible: { label: 'Compatible server', models: [{ model: 'compatible/good' }] },
      ollama: {
        models: [],
        failure: { code: 'PROVIDER_UNAVAILABLE', message: expect.stringContaining('127.0.0.1:9') as string },
      },
    });
    expect(JSON.stringify(list)).not.toContain(secret.slice(0, 12));
    expect(app.logged.join('\n')).not.toContain(secret.slice(0, 12));
  });

  test('gives a run a model that it can use', async () => {
    await using app = await startKeyedApp({ env: { OLLAMA_BASE_URL: 'http://127.0.0.1:9/v1' } });
    await using client = connect({ url: app.url, token: (await app.key()).token });
    const { providers } = await client.models();
    const models = providers.flatMap((it) => it.models.map(({ model }) => model));
    expect(models).toContain('rehearsal/tps=0');
    for (const model of models) {
      const run = await client.start({
        task: 'x',
        pipeline: { roles: ['coder'] },
        models: { default: model },
      });
      await run.cancel();
    }
  });
});
