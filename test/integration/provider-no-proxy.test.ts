import { spawnSync } from 'node:child_process';
import dns from 'node:dns';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createOpenAiCompatibleProvider } from '../../server/providers/openai-compatible.ts';
import { collectAnswer, requestFor } from '../support/collect-answer.ts';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { createProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { startTls, type TlsFront } from '../support/start-tls.ts';

// Which hosts NO_PROXY exempts from HTTPS_PROXY: each call is answered, and the proxy has seen its tunnel or not.
// Seen red with: an agent that ignores NO_PROXY; a proxy for loopback too.

const user = 'ann:pass-9f8e7d6c5b';
const hosts = ['models.test', '*.models.test', 'mymodels.test', 'localhost'] as const;

// It makes the certificates.
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl && process.env['CI'] !== 'true')('a provider with TLS, and NO_PROXY', () => {
  const trusted = getCACertificates('default');
  let folder: string;
  let server: ProviderServer;
  let tls: TlsFront;
  let proxy: ConnectProxy;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stagewire-no-proxy-'));
    server = await createProviderServer();
    tls = await startTls(Number(new URL(server.url).port), { folder, hosts });
    setDefaultCACertificates([...trusted, await readFile(tls.certificate, 'utf8')]);
  });
  beforeEach(async () => {
    // The names of the tests are those of this machine.
    vi.spyOn(dns, 'lookup').mockImplementation((...args: readonly unknown[]) => {
      const done = args.at(-1) as (error: null, addresses: unknown, family?: number) => void;
      const isAll = (args[1] as { readonly all?: boolean }).all === true;
      if (isAll) done(null, [{ address: '127.0.0.1', family: 4 }]);
      else done(null, '127.0.0.1', 4);
    });
    proxy = await startConnectProxy(tls.port, user);
    return () => proxy[Symbol.asyncDispose]();
  });
  afterEach(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });
  afterAll(async () => {
    setDefaultCACertificates(trusted);
    await tls?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  /** @returns how a call reached the provider, and the answer. */
  async function call(host: string, env: Readonly<Record<string, string>>) {
    const url = `http://${user}@127.0.0.1:${proxy.port}`;
    for (const name of ['HTTPS_PROXY', 'https_proxy']) vi.stubEnv(name, url);
    for (const [name, value] of Object.entries(env))
      vi.stubEnv(name, value.replaceAll('PORT', String(tls.port)));
    await using provider = createOpenAiCompatibleProvider({
      name: 'compatible',
      baseUrl: `https://${host}:${tls.port}/v1`,
      apiKey: 'sk-test-0123456789',
    });
    const { text, failure } = await collectAnswer(provider, requestFor('one'));
    const way = proxy.tunnels.length === 0 ? 'directly' : 'through the proxy';
    return { way, text, failure };
  }

  test.each([
    ['', 'models.test', 'through the proxy'],
    ['other.test', 'models.test', 'through the proxy'],
    ['models.test', 'models.test', 'directly'],
    ['MODELS.Test', 'models.test', 'directly'],
    ['models.test', 'eu.models.test', 'directly'],
    ['models.test', 'mymodels.test', 'through the proxy'],
    ['eu.models.test', 'models.test', 'through the proxy'],
    ['.models.test', 'eu.models.test', 'directly'],
    ['.models.test', 'models.test', 'directly'],
    ['.models.test', 'mymodels.test', 'through the proxy'],
    ['*.models.test', 'eu.models.test', 'directly'],
    ['*.models.test', 'models.test', 'through the proxy'],
    ['*', 'models.test', 'directly'],
    ['other.test, *', 'models.test', 'directly'],
    ['models.test:PORT', 'models.test', 'directly'],
    ['models.test:1', 'models.test', 'through the proxy'],
    ['*:1', 'models.test', 'through the proxy'],
    ['other.test,models.test', 'models.test', 'directly'],
    ['other.test models.test', 'models.test', 'directly'],
    ['models.*', 'models.test', 'through the proxy'],
    // Neither is an address of this machine requested through a proxy, whatever NO_PROXY says.
    ['', 'localhost', 'directly'],
    ['models.test', 'localhost', 'directly'],
  ])('with NO_PROXY "%s", %s is reached %s', async (noProxy, host, way) => {
    const reached = await call(host, { NO_PROXY: noProxy, no_proxy: noProxy });
    expect(reached).toEqual({ way, text: 'Hello, world.', failure: undefined });
  });

  test('the name in lower case comes first', async () => {
    expect(await call('models.test', { NO_PROXY: 'models.test', no_proxy: 'other.test' })).toMatchObject({
      way: 'through the proxy',
    });
  });

  test('a range of addresses exempts none', async () => {
    const { way } = await call('192.0.2.7', { NO_PROXY: '192.0.2.0/24', no_proxy: '192.0.2.0/24' });
    expect(way).toBe('through the proxy');
  });
});
