import { expect, onTestFinished, test, vi } from 'vitest';
import { connect } from '../../client/index.ts';
import { createRegistry } from '../../server/providers/registry.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { startServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

test('a provider that cannot be loaded is named in the log at the start, and fails the runs that use it', async () => {
  await using server = await startServerProcess({
    env: { HTTP_PROXY: 'http://bob:s3cret-word@[bad', COMPATIBLE_BASE_URL: 'http://models.invalid/v1' },
  });
  const sentence = 'the client of a provider could not be loaded';
  await until(() => server.output().includes(sentence), 'the log to name the provider');
  await using client = connect({ url: server.url });
  const run = await client.start({ task: 'A parser', models: { default: 'compatible/m' } });
  await run.result().catch(() => undefined);
  const { failure } = await run.snapshot();
  expect(failure).toMatchObject({
    code: 'PROVIDER_UNAVAILABLE',
    message: 'The client of the compatible server could not be loaded. The log of the server has the reason.',
  });
  expect(server.output()).toContain('"reason":"Invalid URL"');
  expect(server.output()).not.toContain('s3cret-word');
});

test('the registry loads what is configured ahead, sends nothing, and ignores models that cannot be used', async () => {
  // Nothing else shows that a client was created: with such a proxy it cannot be.
  vi.stubEnv('HTTP_PROXY', 'nonsense');
  onTestFinished(() => void vi.unstubAllEnvs());
  const failed: unknown[] = [];
  const logger = { ...quietLogger, error: (fields: object) => void failed.push(fields) };
  const settings = {
    ollama: { baseUrl: 'http://ollama.invalid/v1' },
    compatible: { baseUrl: 'http://models.invalid/v1' },
    openrouter: { apiKey: 'k', baseUrl: 'http://127.0.0.1:9/v1' },
  };
  await using registry = createRegistry({ clock: systemClock, settings, logger, listDelayMs: 0 });
  await registry.load(['rehearsal', 'openai/gpt-6', 'nonsense']);
  expect(failed).toEqual([{ provider: 'the compatible server', reason: 'Invalid URL' }]);
  await registry.load(['ollama/m']);
  expect(failed).toHaveLength(3);
  await expect(registry.listModels('ollama')).rejects.toMatchObject({ code: 'PROVIDER_UNAVAILABLE' });
});

test('the registry resolves nothing to which the environment would leak headers', async () => {
  vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'x-key: secret');
  onTestFinished(() => void vi.unstubAllEnvs());
  await using registry = createRegistry({
    clock: systemClock,
    settings: { ollama: { baseUrl: 'http://127.0.0.1:9/v1' } },
  });
  expect(() => registry.resolve('ollama/m')).toThrow(/OPENAI_CUSTOM_HEADERS is set/);
});
