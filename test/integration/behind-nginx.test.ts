import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeBlockBelow } from '../support/code-blocks.ts';
import { freePort } from '../support/free-port.ts';
import { startKeyedApp, type KeyedApp } from '../support/keyed-app.ts';
import { appliedMs, codeOf, list } from '../support/keyed-peers.ts';
import { isNginxMissing, startNginx } from '../support/nginx.ts';
import type { Proxy } from '../support/start-proxy.ts';
import { ask, csrf, open, openSocket, publicHost as host } from '../support/public-page.ts';
import { textOf } from '../support/source-tree.ts';
import { within } from '../support/until.ts';

const operations = textOf('docs/OPERATIONS.md');

/** Answers `/oauth2/auth` as oauth2-proxy does: the cookie names the user. */
async function startAuthServer() {
  const server = createServer((asked, answer) => {
    const user = /_oauth2_proxy=(\w+)/.exec(asked.headers.cookie ?? '')?.[1];
    if (asked.url?.startsWith('/oauth2/auth') !== true) {
      answer.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Sign in</h1>');
    } else if (user === undefined) answer.writeHead(401).end();
    else {
      answer.writeHead(202, {
        'x-auth-request-user': user,
        'x-auth-request-email': `${user}@example.org`,
      });
      answer.end();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

describe.skipIf(isNginxMissing())('behind nginx with TLS, as OPERATIONS.md configures it', () => {
  let app: KeyedApp;
  let nginx: Proxy;
  let auth: Awaited<ReturnType<typeof startAuthServer>>;
  const ada = { cookie: '_oauth2_proxy=ada' };

  beforeAll(async () => {
    auth = await startAuthServer();
    app = await startKeyedApp({
      env: {
        STAGEWIRE_AUTH: 'proxy',
        STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1',
        STAGEWIRE_PROXY_SESSION_MS: '2000',
        STAGEWIRE_PUBLIC_URL: `https://${host}`,
      },
    });
    const port = await freePort();
    const http = codeBlockBelow(operations, 'Behind a proxy that authenticates', 'nginx')
      .replace('listen 443 ssl', `listen 127.0.0.1:${port} ssl`)
      .replace('/etc/ssl/stagewire.crt', 'CERTIFICATE')
      .replace('/etc/ssl/stagewire.key', 'KEY')
      // At once and whole, since a free port may begin with the digits of another.
      .replaceAll(
        /127\.0\.0\.1:(4600|4180)\b/g,
        (_, of) => `127.0.0.1:${of === '4600' ? app.port : auth.port}`,
      );
    nginx = await startNginx({ http, port, host });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await app?.[Symbol.asyncDispose]();
    auth?.close();
  });

  test('a page leads to the sign-in, and a call gets the status', async () => {
    const page = await ask(nginx.port, '/runs/run_0123456789abcdef');
    expect(page.body).toContain('Sign in');
    expect((await ask(nginx.port, list, { headers: csrf })).status).toBe(401);
    expect((await ask(nginx.port, '/', { headers: ada })).headers['content-security-policy']).toBeDefined();
  });

  test('the caller is the one that the proxy has authenticated, whatever the client sends', async () => {
    const forged = {
      'X-Auth-Request-User': 'root',
      'x-auth-request-email': 'root@example.org',
      'X-Auth-Request-Groups': 'admins',
      'X-Auth-Request-Preferred-Username': 'root',
      X_Auth_Request_User: 'root',
    };
    for (const headers of [{}, forged]) {
      const { body } = await ask(nginx.port, '/trpc/server.info', {
        headers: { ...csrf, ...ada, ...headers },
      });
      expect(JSON.parse(body)).toMatchObject({
        result: {
          data: {
            auth: ['proxy'],
            you: { actor: { id: 'proxy:ada', kind: 'user', name: 'ada@example.org' }, owner: 'ada' },
          },
        },
      });
      expect(body).not.toContain('root');
    }
    expect((await ask(nginx.port, list, { headers: forged })).status).toBe(401);
    const withoutHeader = await ask(nginx.port, list, { headers: ada });
    expect([withoutHeader.status, withoutHeader.body.includes('FORBIDDEN')]).toEqual([403, true]);
    const foreign = { ...csrf, ...ada, origin: `http://${host}` };
    expect((await ask(nginx.port, list, { headers: foreign })).status).toBe(403);
  });

  test('WebSockets and event streams pass, and are closed in time to authenticate again', async () => {
    const headers = { ...csrf, ...ada, origin: `https://${host}` };
    const started = await ask(nginx.port, '/trpc/runs.start', { headers, body: { task: 'Build it' } });
    const { runId } = (JSON.parse(started.body) as { result: { data: { runId: string } } }).result.data;
    await using socket = await openSocket(nginx.port, ada);
    await socket.until(socket.subscribe('runs.events', { runId }), 'run.started');
    const input = encodeURIComponent(JSON.stringify({ runId }));
    const stream = await open(nginx.port, `/trpc/runs.events?input=${input}`, { headers });
    let events = '';
    stream.on('data', (chunk) => (events += String(chunk)));
    const cut = new Promise((resolve) => stream.once('close', resolve));
    stream.on('error', () => undefined);
    expect(await within(socket.closed, 'its end', { timeoutMs: 5000 })).toMatchObject({ code: 4401 });
    await within(cut, 'the end of the stream', { timeoutMs: 5000 });
    expect(events).toContain('run.started');
    await using again = await openSocket(nginx.port, ada);
    expect(await codeOf(again)).toBeUndefined();
    await using bob = await openSocket(nginx.port, { cookie: '_oauth2_proxy=bob' });
    expect(await bob.call('query', 'runs.get', { runId })).toMatchObject({
      error: { data: { stagewire: { code: 'RUN_NOT_FOUND' } } },
    });
  });
});

describe.skipIf(isNginxMissing())('behind nginx with TLS, with access keys', () => {
  test('a session has a cookie that only TLS carries, and clients have addresses of their own', async () => {
    await using app = await startKeyedApp({
      env: { STAGEWIRE_PUBLIC_URL: `https://${host}`, STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' },
    });
    const port = await freePort();
    const location = codeBlockBelow(operations, 'Behind a proxy', 'nginx').replace(
      '127.0.0.1:4600',
      `127.0.0.1:${app.port}`,
    );
    const tls = `listen 127.0.0.1:${port} ssl; ssl_certificate CERTIFICATE; ssl_certificate_key KEY;`;
    await using nginx = await startNginx({ http: `server { ${tls} ${location} }`, port, host });

    const page = { ...csrf, origin: `https://${host}` };
    const { token } = await app.key({ owner: 'team' });
    const signedIn = await ask(nginx.port, '/session', { headers: page, body: { token } });
    expect(signedIn.status).toBe(200);
    const [header = ''] = signedIn.headers['set-cookie'] ?? [];
    expect(header).toMatch(/^__Host-stagewire-session=.*; Secure$/);
    const cookie = header.split(';')[0] ?? '';
    expect((await ask(nginx.port, list, { headers: { ...page, cookie } })).status).toBe(200);
    await using socket = await openSocket(nginx.port, { cookie });
    expect(await socket.call('query', 'server.info')).toMatchObject({
      result: { data: { you: { owner: 'team', session: true } } },
    });
    expect(
      (await ask(nginx.port, '/session', { method: 'DELETE', headers: { ...page, cookie } })).status,
    ).toBe(204);
    expect((await within(socket.closed, 'its end', appliedMs)).code).toBe(4401);

    // The client of nginx is the last entry, which nginx has added, whatever the client claims before it.
    const statuses: number[] = [];
    for (let at = 0; at < 25; at += 1) {
      const headers = { authorization: 'Bearer swk_x', 'x-forwarded-for': `198.51.100.${at}` };
      statuses.push((await ask(nginx.port, list, { headers, from: '127.0.0.2' })).status);
    }
    expect([statuses[0], statuses.at(-1)]).toEqual([401, 429]);
    const other = { authorization: 'Bearer swk_x' };
    expect((await ask(nginx.port, list, { headers: other, from: '127.0.0.3' })).status).toBe(401);
    expect((await ask(nginx.port, '/readyz?verbose')).body).not.toContain('memory');
  });
});
