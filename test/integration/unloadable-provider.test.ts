import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
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
