import { once } from 'node:events';
import { createServer, request } from 'node:http';

import { expect, test, vi } from 'vitest';

import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { createProviderServer } from '../support/provider-server.ts';

/** An HTTP proxy that leads every request to one server, whatever host it is for. */
async function createProxy(target: string) {
  const asked: string[] = [];
  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url ?? '');
    const { pathname } = new URL(incoming.url ?? '');
    const { method, headers } = incoming;
    const forwarded = request(target + pathname, { method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
    });
    // Torn down by the client, which is what the test does: its close is handed on below.
    forwarded.on('error', () => outgoing.destroy());
    outgoing.once('close', () => forwarded.destroy());
    incoming.pipe(forwarded);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const address = proxy.address();
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    asked,
    async [Symbol.asyncDispose]() {
      const closed = once(proxy, 'close');
      proxy.close();
      proxy.closeAllConnections();
      await closed;
    },
  };
}

test.each(['models.test', '127.models.test'])(
  'a provider elsewhere, at %s, is reached through HTTP_PROXY, and an abort reaches it there',
  async (host) => {
    await using server = await createProviderServer();
    await using proxy = await createProxy(server.url);
    vi.stubEnv('HTTP_PROXY', proxy.url);
    vi.stubEnv('http_proxy', proxy.url);
    vi.stubEnv('NO_PROXY', '');
    vi.stubEnv('no_proxy', '');
    try {
      await using provider = createOpenAiCompatibleProvider({
        name: 'compatible',
        baseUrl: `http://${host}/v1`,
        apiKey: 'sk-test-0123456789',
      });
      server.enqueue('Hello.', { tokens: ['a', 'b'], fault: { kind: 'stall', afterDeltas: 1 } });
      expect(await collectAnswer(provider, requestFor('one'))).toMatchObject({
        text: 'Hello.',
        failure: undefined,
      });
      expect(proxy.asked[0]).toBe(`http://${host}/v1/chat/completions`);

      const abort = new AbortController();
      let abortedAtMs = 0;
      await collectAnswer(provider, requestFor('two'), {
        signal: abort.signal,
        onEvent: () => {
          abortedAtMs = performance.now();
          abort.abort();
        },
      });
      const { atMs } = await (await server.request(2)).closed;
      expect(atMs - abortedAtMs, 'timing: from the abort to the closed request').toBeLessThan(100);
    } finally {
      vi.unstubAllEnvs();
    }
  },
);

test('one on this machine is reached without it', async () => {
  await using server = await createProviderServer();
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:9');
  vi.stubEnv('http_proxy', 'http://127.0.0.1:9');
  try {
    await using provider = createOpenAiCompatibleProvider({
      name: 'ollama',
      baseUrl: server.baseUrl('chat'),
    });
    expect(await collectAnswer(provider, requestFor('one'))).toMatchObject({ text: 'Hello, world.' });
    expect(server.requests[0]?.headers.authorization).toBe('Bearer none');
  } finally {
    vi.unstubAllEnvs();
  }
});
