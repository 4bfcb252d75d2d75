import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { connect, type RunEvent } from '../../client/index.ts';
import { startConnectProxy, type ConnectProxy } from '../support/connect-proxy.ts';
import { createProviderServer, type ProviderServer } from '../support/provider-server.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { startTls, type TlsFront } from '../support/start-tls.ts';
import { within } from '../support/until.ts';

// Each test starts a server in a process of its own: Node reads NODE_EXTRA_CA_CERTS at its start only.
vi.setConfig({ testTimeout: 60_000 });

const host = 'models.test';
const apiKey = 'sk-test-0123456789';
const user = 'ann:pass-9f8e7d6c5b';

// It makes the certificates.
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl && process.env['CI'] !== 'true')(
  'a provider with TLS behind a proxy that needs a password',
  () => {
    let folder: string;
    let provider: ProviderServer;
    let tls: TlsFront;
    let proxy: ConnectProxy;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'stagewire-tunnel-'));
      provider = await createProviderServer();
      tls = await startTls(Number(new URL(provider.url).port), { folder, hosts: [host] });
    });
    beforeEach(async () => {
      proxy = await startConnectProxy(tls.port, user);
      return () => proxy[Symbol.asyncDispose]();
    });
    afterAll(async () => {
      await tls?.[Symbol.asyncDispose]();
      await provider?.[Symbol.asyncDispose]();
      await rm(folder, { recursive: true, force: true });
    });

    const startServer = (given = user): Promise<ServerProcess> =>
      startServerProcess({
        env: {
          COMPATIBLE_BASE_URL: `https://${host}/v1`,
          COMPATIBLE_API_KEY: apiKey,
          STAGEWIRE_MODEL: 'compatible/test-model',
          STAGEWIRE_LOG: 'memory',
          STAGEWIRE_LOG_LEVEL: 'info',
          HTTPS_PROXY: `http://${given}@127.0.0.1:${proxy.port}`,
          https_proxy: `http://${given}@127.0.0.1:${proxy.port}`,
          NO_PROXY: '',
          no_proxy: '',
          NODE_EXTRA_CA_CERTS: tls.certificate,
        },
      });
    const start = (client: ReturnType<typeof connect>) =>
      client.start({ task: 'Build it', pipeline: { roles: ['architect'] } });

    test('streams through a tunnel, which hides the key, and a cancel closes it', async () => {
      await using server = await startServer();
      await using client = connect({ url: server.url });
      provider.enqueue('Hello.', { tokens: ['one ', 'two '], fault: { kind: 'stall', afterDeltas: 2 } });
      const one = await (await start(client)).result();
      expect(one).toMatchObject({ status: 'completed', stages: [{ attempts: [{ text: 'Hello.' }] }] });
      expect(provider.requests[0]?.headers.authorization).toBe(`Bearer ${apiKey}`);

      const run = await start(client);
      let text = '';
      for await (const event of run.events()) {
        if (event.type === 'stage.delta') text += event.text;
        if (text === 'one two ') break;
      }
      const { tunnels } = proxy;
      expect(new Set(tunnels.map(({ authority }) => authority))).toEqual(new Set([`${host}:443`]));
      const closed = tunnels.at(-1)?.closed ?? Promise.reject(new Error('There is no tunnel.'));
      const cancelledAtMs = performance.now();
      await run.cancel();
      const closedAtMs = await within(closed, 'the end of the tunnel');
      // The machine of the tests may be busy; a call that is not aborted would stay for minutes.
      expect(closedAtMs - cancelledAtMs, 'timing: from the cancel to the closed request').toBeLessThan(2000);
      expect(tunnels.map(({ sent }) => sent()).join('')).not.toContain(apiKey);
      expect(server.output()).not.toContain('pass-9f8e7d6c5b');
    });

    test('a proxy that rejects user and password ends the run, with a message that has neither', async () => {
      await using server = await startServer('ann:wrong-1a2b3c4d5e');
      await using client = connect({ url: server.url });
      const run = await start(client);
      const events: RunEvent[] = [];
      for await (const event of run.events()) events.push(event);
      expect(events.at(-1)).toMatchObject({
        type: 'run.failed',
        failure: {
          code: 'PROVIDER_UNAVAILABLE',
          message: expect.stringContaining(
            `at ${host} could not be reached: the proxy of HTTPS_PROXY answered 407 to CONNECT. Check user and password`,
          ),
        },
      });
      expect(proxy.tunnels).toHaveLength(1);
      const encoded = Buffer.from('ann:wrong-1a2b3c4d5e').toString('base64');
      for (const shown of [JSON.stringify(events), server.output()]) {
        expect(shown).not.toContain('wrong-1a2b3c4d5e');
        expect(shown).not.toContain(encoded);
      }
    });

    test('a proxy that cannot reach the provider makes the attempt fail, and the next one is served', async () => {
      await using server = await startServer();
      await using client = connect({ url: server.url });
      proxy.refusal = 502;
      const run = await start(client);
      for await (const event of run.events()) {
        if (event.type !== 'stage.failed') continue;
        expect(event).toMatchObject({
          failure: {
            code: 'PROVIDER_UNAVAILABLE',
            message: expect.stringMatching(/HTTPS_PROXY answered 502 to CONNECT\.$/),
          },
          retryInMs: expect.any(Number),
        });
        break;
      }
      proxy.refusal = undefined;
      expect(await run.result()).toMatchObject({ status: 'completed' });
    });

    test('a proxy that does not allow the host ends the run', async () => {
      await using server = await startServer();
      await using client = connect({ url: server.url });
      proxy.refusal = 403;
      expect(await (await start(client)).result()).toMatchObject({
        status: 'failed',
        failure: {
          code: 'PROVIDER_UNAVAILABLE',
          message: expect.stringMatching(/answered 403 to CONNECT: it does not allow this host\.$/),
        },
      });
      expect(proxy.tunnels).toHaveLength(1);
    });
  },
);
