import { describe, expect, test, vi } from 'vitest';
import { isCaddyMissing, startCaddy } from '../support/caddy.ts';
import { freePort } from '../support/free-port.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { list } from '../support/keyed-peers.ts';
import { isNginxMissing, startNginx } from '../support/nginx.ts';
import { ask, csrf, open, openSocket, publicHost as host } from '../support/public-page.ts';
import { textOf } from '../support/source-tree.ts';
import { until } from '../support/until.ts';

// Each test starts a proxy, and sends it many requests over TLS.
vi.setConfig({ testTimeout: 60_000 });

const env = { STAGEWIRE_PUBLIC_URL: `https://${host}`, STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' };

/** The file of docs/deploy, in front of this server. */
const before = ({ port }: KeyedApp, file: string) =>
  textOf(`docs/deploy/${file}`).replaceAll('127.0.0.1:4600', `127.0.0.1:${port}`);

/** What a person and a program do through the proxy at this port. */
async function usesServer(app: KeyedApp, port: number): Promise<void> {
  expect((await ask(port, '/readyz')).status).toBe(200);
  const page = { ...csrf, origin: `https://${host}` };
  const { token } = await app.key({ owner: 'team' });
  const signedIn = await ask(port, '/session', { headers: page, body: { token } });
  expect(signedIn.status).toBe(200);
  const [header = ''] = signedIn.headers['set-cookie'] ?? [];
  expect(header).toMatch(/^__Host-stagewire-session=.*; Secure$/);
  const cookie = header.split(';')[0] ?? '';

  const started = await ask(port, '/trpc/runs.start', {
    headers: { ...page, cookie },
    body: { task: 'Build it', instructions: { all: 'x'.repeat(19_000) } },
  });
  const { runId } = (JSON.parse(started.body) as { result: { data: { runId: string } } }).result.data;
  await using socket = await openSocket(port, { cookie });
  await socket.until(socket.subscribe('runs.events', { runId }), 'stage.delta');

  // An event stream over HTTP is not buffered: the run writes for minutes, and its first events are here.
  const input = encodeURIComponent(JSON.stringify({ runId }));
  const stream = await open(port, `/trpc/runs.events?input=${input}`, { headers: { ...page, cookie } });
  let events = '';
  stream.on('data', (chunk) => (events += String(chunk)));
  stream.on('error', () => undefined);
  await until(() => events.includes('stage.delta'), 'the first events');
  stream.destroy();

  // The server counts failed attempts by the address of the client, and does not believe what the client says of it.
  const statuses: number[] = [];
  for (let at = 0; at < 25; at += 1) {
    const headers = { authorization: 'Bearer swk_x', 'x-forwarded-for': `198.51.100.${at}` };
    statuses.push((await ask(port, list, { headers, from: '127.0.0.2' })).status);
  }
  expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
  const other = { authorization: 'Bearer swk_x' };
  expect((await ask(port, list, { headers: other, from: '127.0.0.3' })).status).toBe(401);
}

describe.skipIf(isNginxMissing())('docs/deploy/nginx.conf', () => {
  test('serves the console, calls, WebSockets and event streams, and leads http to https', async () => {
    await using app = await startKeyedApp({ env });
    const [port, plainPort] = [await freePort(), await freePort()];
    const http = before(app, 'nginx.conf')
      .replaceAll(/^ +listen \[::\].*\n/gm, '')
      .replace('listen 80;', `listen 127.0.0.1:${plainPort};`)
      .replace('listen 443 ', `listen 127.0.0.1:${port} `)
      .replace('/etc/ssl/stagewire.crt', 'CERTIFICATE')
      .replace('/etc/ssl/stagewire.key', 'KEY');
    await using nginx = await startNginx({ http, port, host });
    await usesServer(app, nginx.port);
    const plain = await fetch(`http://127.0.0.1:${plainPort}/runs/x?y`, { redirect: 'manual' });
    expect([plain.status, plain.headers.get('location')]).toEqual([301, 'https://127.0.0.1/runs/x?y']);
  });
});

describe.skipIf(isCaddyMissing())('docs/deploy/Caddyfile.machine', () => {
  test('serves the console, calls, WebSockets and event streams', async () => {
    await using app = await startKeyedApp({ env });
    const port = await freePort();
    await using caddy = await startCaddy(before(app, 'Caddyfile.machine'), { host, port });
    await usesServer(app, caddy.port);
  });
});
