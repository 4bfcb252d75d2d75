import { once } from 'node:events';
import { WebSocket as PackageWebSocket } from 'ws';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { readConfig } from '../../server/process/config.ts';
import { command } from '../support/command-line.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';

describe('STAGEWIRE_BASE_PATH', () => {
  test.each([
    ['/stagewire', '/stagewire'],
    ['/stagewire/', '/stagewire'],
    ['/tools/stage-wire_2.0~', '/tools/stage-wire_2.0~'],
    ['/', ''],
  ])('%s is accepted', (value, path) => {
    expect(readConfig({ STAGEWIRE_BASE_PATH: value }).basePath).toBe(path);
  });

  test.each([
    'stagewire',
    '/a b',
    '/a/../b',
    '/./a',
    '//a',
    '/a?b',
    '/ä',
    '/a/trpc',
    'https://a/b',
    `/${'a'.repeat(201)}`,
  ])('%s is rejected in a sentence', (value) => {
    expect(() => readConfig({ STAGEWIRE_BASE_PATH: value })).toThrow(
      /STAGEWIRE_BASE_PATH must be a path such as \/stagewire: .*; got "/,
    );
  });

  test('agrees with the path of STAGEWIRE_PUBLIC_URL', () => {
    const env = { STAGEWIRE_BASE_PATH: '/stagewire' };
    expect(readConfig({ ...env, STAGEWIRE_PUBLIC_URL: 'http://localhost:80/stagewire/' }).publicUrl).toBe(
      'http://localhost/stagewire',
    );
    for (const url of ['http://localhost', 'http://localhost/other', 'http://localhost/stagewire/more'])
      expect(() => readConfig({ ...env, STAGEWIRE_PUBLIC_URL: url })).toThrow(
        /STAGEWIRE_BASE_PATH is \/stagewire, but the path of STAGEWIRE_PUBLIC_URL .* set STAGEWIRE_PUBLIC_URL to http:\/\/localhost\/stagewire\. If the proxy removes the path/,
      );
    // A proxy that removes the path needs no base path.
    expect(readConfig({ STAGEWIRE_PUBLIC_URL: 'http://localhost/stagewire' }).basePath).toBeUndefined();
  });
});

describe('a server with a base path', () => {
  let server: ServerProcess;
  let origin: string;
  beforeAll(async () => {
    server = await startServerProcess({
      env: { STAGEWIRE_BASE_PATH: '/tools/stagewire', STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200' },
    });
    ({ origin } = new URL(server.url));
  });
  afterAll(() => server?.[Symbol.asyncDispose]());

  test('prints it, and serves everything below it', async () => {
    expect(server.url).toBe(`${origin}/tools/stagewire`);
    for (const path of ['/healthz', '/readyz', '/', '/runs/run_any-id-there-is', '/trpc/server.info']) {
      const inside = await fetch(`${server.url}${path}`, { headers: { accept: 'text/html' } });
      expect([path, inside.status]).toEqual([path, 200]);
      const outside = await fetch(`${origin}${path}`, { redirect: 'manual' });
      // Probes reach the server without the proxy.
      expect([path, outside.status]).toEqual([path, /^\/(?:healthz|readyz)$/.test(path) ? 200 : 404]);
      if (outside.status === 404)
        expect(await outside.json()).toMatchObject({
          error: { message: 'Nothing is served at this URL. All URLs are below /tools/stagewire/.' },
        });
    }
    const bare = await fetch(`${origin}/tools/stagewire?x=1`, { redirect: 'manual' });
    expect([bare.status, bare.headers.get('location')]).toEqual([308, '/tools/stagewire/?x=1']);
    expect((await fetch(`${origin}/tools/stagewirex/healthz`)).status).toBe(404);
  });

  test.each(['ws', 'sse'] as const)('is reached by the client over %s', async (transport) => {
    await using stagewire = connect({ url: server.url, transport });
    const run = await stagewire.start({ task: 'A parser', pipeline: { roles: ['coder'] } });
    expect((await run.result()).status).toBe('completed');
    expect(stagewire.connection.transport).toBe(transport);
  });

  test('opens WebSockets below it only', async () => {
    const url = server.url.replace('http', 'ws');
    const inside = new PackageWebSocket(`${url}/trpc`);
    await once(inside, 'open');
    inside.close();
    const outside = new PackageWebSocket(`${new URL(url).origin}/trpc`);
    await expect(once(outside, 'open')).rejects.toThrow('404');
  });

  test('is found by the command line, by its folder and by its URL', async () => {
    const env = { STAGEWIRE_DATA_DIR: server.dataDir };
    const list = await command(['list'], { env });
    expect([list.code, list.stderr]).toEqual([0, '']);
    const run = await command(['run', 'A queue'], { env: { STAGEWIRE_URL: `${server.url}/` } });
    expect(run.code).toBe(0);
    const wrong = await command(['list'], { env: { STAGEWIRE_URL: origin } });
    expect(wrong.code).not.toBe(0);
    expect(wrong.stderr).toContain('All URLs are below /tools/stagewire/');
  });
});
