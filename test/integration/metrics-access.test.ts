import { request } from 'node:http';
import { describe, expect, test } from 'vitest';
import { startApp, type App } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { startKeyedApp } from '../support/keyed-app.ts';
import { parseMetrics, scrape } from '../support/scraped-metrics.ts';

async function startOpen(env: Readonly<Record<string, string>> = {}): Promise<App & AsyncDisposable> {
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal',
      ...env,
    }),
  });
  return { ...app, [Symbol.asyncDispose]: () => app.close() };
}

/** With any method and headers, also those that `fetch` does not send. */
function ask(url: string, headers: Readonly<Record<string, string>>, method = 'GET') {
  return new Promise<{ status: number; text: string }>((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.on('data', (part: Buffer) => (text += String(part)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

describe('with authentication', () => {
  test('metrics need the permission metrics:read, on the machine of the server too', async () => {
    await using app = await startKeyedApp();
    const reader = await app.key({ name: 'prometheus', permissions: ['metrics:read'] });
    const admin = await app.key({ name: 'root', permissions: ['admin'] });
    const user = await app.key({ name: 'ada', permissions: ['runs:read', 'runs:start'] });
    const answers = await Promise.all(
      [undefined, 'swk_wrong', user.token, reader.token, admin.token].map(async (token) => {
        const response = await app.fetch('/metrics', token);
        const code = /"code":"(\w+)"/.exec(await response.text())?.[1];
        return [response.status, code, response.headers.get('www-authenticate')];
      }),
    );
    expect(answers).toEqual([
      [401, 'UNAUTHENTICATED', 'Bearer'],
      [401, 'UNAUTHENTICATED', 'Bearer'],
      [403, 'FORBIDDEN', null],
      [200, undefined, null],
      [200, undefined, null],
    ]);
    // As every credential in a URL.
    expect((await app.fetch(`/metrics?token=${reader.token}`)).status).toBe(401);
    await app.revoke(reader.id);
    expect((await app.fetch('/metrics', reader.token)).status).toBe(401);
  });

  test('failed attempts and rejections are counted', async () => {
    await using app = await startKeyedApp();
    const reader = await app.key({ name: 'prometheus', permissions: ['metrics:read'] });
    for (let tries = 0; tries < 3; tries += 1) await app.fetch('/trpc/runs.list?input={}', 'swk_wrong');
    await app.fetch('/trpc/runs.list?input={}', reader.token);
    const seen = await scrape(`${app.url}/metrics`, { authorization: `Bearer ${reader.token}` });
    expect(seen.value('stagewire_sign_in_failures_total', { kind: 'credential' })).toBe(3);
    expect(seen.value('stagewire_rejections_total', { code: 'UNAUTHENTICATED' })).toBe(3);
    expect(seen.value('stagewire_rejections_total', { code: 'FORBIDDEN' })).toBe(1);
  });
});

describe('without authentication', () => {
  test('only programs on this machine can read the metrics', async () => {
    await using app = await startOpen();
    const url = `${app.url}/metrics`;
    const plain = await fetch(url);
    expect(plain.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(plain.headers.get('cache-control')).toBe('no-store');
    expect(parseMetrics(await plain.text()).metrics.length).toBeGreaterThan(30);
    const forwarded = await ask(url, { 'x-forwarded-for': '203.0.113.7' });
    expect([forwarded.status, forwarded.text]).toEqual([
      403,
      expect.stringContaining('STAGEWIRE_METRICS_PORT'),
    ]);
    expect((await ask(url, { host: 'stagewire.example.org' })).status).toBe(403);
    expect((await ask(url, { origin: 'https://evil.example' })).status).toBe(403);
    expect((await ask(url, {}, 'POST')).status).toBe(404);
  });
});

test('below a base path they are at the root as well, as the probes are', async () => {
  await using app = await startOpen({ STAGEWIRE_BASE_PATH: '/team' });
  expect(new URL(app.url).pathname).toBe('/team');
  expect((await scrape(`${app.url}/metrics`)).value('stagewire_build_info')).toBe(1);
  expect((await scrape(new URL('/metrics', app.url).href)).value('stagewire_build_info')).toBe(1);
});

describe('a port of its own', () => {
  test('serves metrics and nothing else, without authentication', async () => {
    await using app = await startKeyedApp({ env: { STAGEWIRE_METRICS_PORT: '0' } });
    const url = app.metricsUrl ?? '';
    expect(new URL(url).hostname).toBe('127.0.0.1');
    const seen = await scrape(url);
    expect(seen.value('stagewire_build_info')).toBe(1);
    expect((await ask(url, {}, 'HEAD')).status).toBe(200);
    expect((await ask(url, {}, 'POST')).status).toBe(405);
    expect((await ask(url.replace('/metrics', '/trpc/server.info'), {})).status).toBe(404);
    expect((await ask(url.replace('/metrics', '/'), {})).status).toBe(404);
    // A name that resolves to this address, in the browser of somebody on this machine.
    expect((await ask(url, { host: 'evil.example:9464' })).status).toBe(403);
    await app.stop();
    await expect(fetch(url)).rejects.toThrow('fetch failed');
  });

  test('is announced, and a port that is in use ends the start', async () => {
    await using app = await startOpen({ STAGEWIRE_METRICS_PORT: '0' });
    expect(app.notes).toContain(`Metrics: ${app.metricsUrl} (without authentication)`);
    const { port } = new URL(app.metricsUrl ?? '');
    await expect(startOpen({ STAGEWIRE_METRICS_PORT: port })).rejects.toThrow('EADDRINUSE');
  });

  test('answers many readers at once with one page', async () => {
    await using app = await startOpen({ STAGEWIRE_METRICS_PORT: '0' });
    const startedMs = performance.now();
    const texts: string[] = [];
    const readOften = async () => {
      for (let reads = 0; reads < 20; reads += 1)
        texts.push(await (await fetch(app.metricsUrl ?? '')).text());
    };
    await Promise.all(Array.from({ length: 20 }, readOften));
    const pages = new Set(texts.map((text) => /process_cpu_seconds_total \d.*/.exec(text)?.[0]));
    expect(texts).toHaveLength(400);
    expect(pages.size, 'timing: pages in that time').toBeLessThanOrEqual(
      2 + Math.floor((performance.now() - startedMs) / 1000),
    );
  });

  test.each([
    ['0.0.0.0', false],
    ['::', false],
    ['203.0.113.7', false],
    ['stagewire.example.org', false],
    ['10.0.0.5', true],
    ['192.168.1.9', true],
    ['fd00::5', true],
    ['localhost', true],
    ['::1', true],
  ])('STAGEWIRE_METRICS_HOST=%s: allowed is %s', (host, isAllowed) => {
    const read = () => readConfig({ STAGEWIRE_METRICS_HOST: host, STAGEWIRE_METRICS_PORT: '9464' });
    if (isAllowed) expect(read().metrics).toEqual({ host, port: 9464 });
    else expect(read).toThrow(/STAGEWIRE_METRICS_HOST must be localhost or one address/);
  });
});
