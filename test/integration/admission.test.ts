import { connect as connectTcp } from 'node:net';
import { expect, test } from 'vitest';
import { createAdmission } from '../../server/transport/admission.ts';
import { startApiServer } from '../support/api-server.ts';
import type { ApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { rawBytes, rawRequest, upgradeRequest } from '../support/raw-request.ts';

test.each([
  ['none at all', undefined],
  ["the server's own", 'http://127.0.0.1:PORT'],
  ['localhost, another port', 'http://localhost:5173'],
  ['localhost over TLS', 'https://localhost'],
  ['another loopback address', 'http://127.0.0.2:3000'],
  ['loopback in IPv6', 'http://[::1]:3000'],
])('an origin that may call: %s', async (_what, origin) => {
  await using api = await startApiServer();
  const headers = originHeader(api, origin);

  expect(await upgradeStatus(api, '/trpc', headers)).toBe(101);
  expect((await rawRequest(api.port, { path: '/trpc/server.info', headers })).status).toBe(200);
});

test.each([
  ['foreign', 'https://evil.example'],
  ['null, as of a sandboxed frame', 'null'],
  ['empty', ''],
  ['a suffix trick', 'http://localhost.evil.com'],
  ['a name that resolves to loopback', 'http://127.0.0.1.nip.io'],
  ['a user name', 'http://localhost@evil.com'],
  ['a path', 'http://localhost/evil'],
  ['another way to write loopback', 'http://0x7f.1'],
  ['another scheme', 'chrome-extension://localhost'],
  ['a file', 'file://'],
  ['two', 'http://localhost, https://evil.example'],
  ['localhost with a dot', 'http://localhost.'],
])('an origin that may not: %s', async (_what, origin) => {
  await using api = await startApiServer();
  const headers = { origin };

  expect(await upgradeStatus(api, '/trpc', headers)).toBe(403);
  const answer = await rawRequest(api.port, { path: '/trpc/server.info', headers });
  expect(answer.status).toBe(403);
  // A page may read why it is refused; what is no origin of a page is not repeated.
  const isPage = URL.parse(origin)?.origin === origin && origin.startsWith('http');
  expect(answer.headers['access-control-allow-origin']).toBe(isPage ? origin : undefined);
  expect(JSON.parse(answer.body)).toEqual({
    error: {
      message: expect.any(String),
      data: { stagewire: { code: 'FORBIDDEN', retryable: false } },
    },
  });
  const started = await rawRequest(api.port, {
    method: 'POST',
    path: '/trpc/runs.start',
    headers: { ...headers, 'content-type': 'application/json' },
    body: '{"task":"spend the key"}',
  });
  expect(started.status).toBe(403);
  expect(await api.log.lastGlobalPosition()).toBe(0);
});

test('with a list of origins only those and its own may call', async () => {
  await using api = await startApiServer({ admission: { origins: ['https://app.example.com'] } });
  const statusOf = (origin: string) => upgradeStatus(api, '/trpc', originHeader(api, origin));

  expect(await statusOf('https://app.example.com')).toBe(101);
  expect(await statusOf('http://127.0.0.1:PORT')).toBe(101);
  expect(await statusOf('http://localhost:5173')).toBe(403);
  expect(await statusOf('https://app.example.com.evil.example')).toBe(403);
  expect(await statusOf('http://app.example.com')).toBe(403);
});

test('a list with something in it that is no origin is refused at the start', () => {
  expect(() => createAdmission({ origins: ['https://app.example.com/'] })).toThrow(/is not an origin/);
  expect(() => createAdmission({ origins: ['*'] })).toThrow(/is not an origin/);
});

test.each([
  ['localhost:PORT', 101],
  ['127.0.0.1:PORT', 101],
  ['[::1]:PORT', 101],
  ['LOCALHOST:PORT', 101],
  ['evil.example:PORT', 403],
  ['localhost.evil.com:PORT', 403],
  ['127.0.0.1.nip.io:PORT', 403],
  ['localhost:1', 101],
  ['localhost', 101],
  ['192.168.1.7:PORT', 403],
  ['user@localhost:PORT', 400],
  ['localhost:PORT/path', 400],
])('a Host that is %s gets %i', async (host, status) => {
  await using api = await startApiServer();
  const headers = { Host: host.replace('PORT', String(api.port)) };

  expect(await upgradeStatus(api, '/trpc', headers)).toBe(status);
  const http = await rawRequest(api.port, { path: '/trpc/server.info', headers });
  expect(http.status).toBe(status === 101 ? 200 : status);
});

test('a request without a Host is refused', async () => {
  await using api = await startApiServer();

  expect(await rawBytes(api.port, 'GET /trpc/server.info HTTP/1.0\r\n\r\n')).toContain('HTTP/1.1 400');
  expect(await upgradeStatus(api, '/trpc', { Host: '' })).toBe(400);
});

test('a page that reached the server by its own name is refused, although it is of the same origin', async () => {
  await using api = await startApiServer();
  const name = `rebound.example:${api.port}`;

  expect(await upgradeStatus(api, '/trpc', { Host: name, Origin: `http://${name}` })).toBe(403);
});

test('configured hosts are admitted, with their own origin', async () => {
  await using api = await startApiServer({
    admission: { hosts: ['stagewire.example.com', 'other.example:8443'] },
  });
  const statusOf = (Host: string, Origin: string) => upgradeStatus(api, '/trpc', { Host, Origin });

  expect(await statusOf('stagewire.example.com', 'https://stagewire.example.com')).toBe(101);
  expect(await statusOf('stagewire.example.com:8080', 'http://stagewire.example.com:8080')).toBe(101);
  expect(await statusOf('other.example:8443', 'https://other.example:8443')).toBe(101);
  expect(await statusOf('other.example:8444', 'https://other.example:8444')).toBe(403);
  expect(await statusOf('stagewire.example.com', 'https://evil.example')).toBe(403);
});

test('only the one path is upgraded', async () => {
  await using api = await startApiServer();

  for (const path of ['/', '/trpc/', '/trpcx', '/trpc/runs.events', '/other?x=/trpc']) {
    expect(await upgradeStatus(api, path)).toBe(404);
  }
  expect(await upgradeStatus(api, '/trpc?connectionParams=1')).toBe(101);
});

test('six bytes behind a refused upgrade do not end the process', async () => {
  await using api = await startApiServer();
  // A frame with reserved bits, which is an error to whoever parses it, and then a reset.
  const frame = Buffer.from([0xf1, 0x80, 0, 0, 0, 0]);

  await rawBytes(api.port, upgradeRequest(api.port, '/nowhere'), frame);
  await resetBehind(api.port, upgradeRequest(api.port, '/nowhere'));
  await resetBehind(api.port, upgradeRequest(api.port, '/trpc', { Origin: 'null' }));
  await resetBehind(api.port, upgradeRequest(api.port, '/trpc'));

  await using bot = await connect(api.port);
  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
});

test.each([
  ['no key', { 'Sec-WebSocket-Key': 'short' }],
  ['another version', { 'Sec-WebSocket-Version': '7' }],
])('an upgrade that is not well-formed is refused: %s', async (_what, headers) => {
  await using api = await startApiServer();

  expect(await upgradeStatus(api, '/trpc', headers)).toBe(400);
});

test('an upgrade to something else is answered as the plain request it also is', async () => {
  await using api = await startApiServer();

  const answer = await rawBytes(
    api.port,
    `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
  );

  expect(answer).toContain('HTTP/1.1 200');
});

test('a preflight is answered for an origin that may call, and says that the answer differs by origin', async () => {
  await using api = await startApiServer();
  const preflight = (origin: string) =>
    rawRequest(api.port, {
      method: 'OPTIONS',
      path: '/trpc/runs.start',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });

  const allowed = await preflight('http://localhost:5173');
  expect(allowed.status).toBe(204);
  expect(allowed.headers).toMatchObject({
    'access-control-allow-origin': 'http://localhost:5173',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': expect.stringContaining('content-type'),
    vary: 'Origin',
  });
  expect(allowed.headers['access-control-allow-credentials']).toBeUndefined();
  expect((await preflight('https://evil.example')).status).toBe(403);
});

test('an answer of tRPC carries the CORS headers too', async () => {
  await using api = await startApiServer();

  const { headers } = await rawRequest(api.port, {
    path: '/trpc/server.info',
    headers: { origin: 'http://localhost:5173' },
  });

  expect(headers['access-control-allow-origin']).toBe('http://localhost:5173');
  expect(headers.vary?.split(', ')).toContain('Origin');
});

function originHeader(api: ApiServer, origin: string | undefined): Record<string, string> {
  return origin === undefined ? {} : { origin: origin.replace('PORT', String(api.port)) };
}

/** The status that an upgrade is answered with. */
function upgradeStatus(api: ApiServer, path: string, headers: Record<string, string> = {}): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp(api.port, '127.0.0.1', () =>
      socket.write(upgradeRequest(api.port, path, headers)),
    );
    socket.once('error', reject);
    socket.once('data', (chunk) => {
      socket.destroy();
      resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(chunk.toString('latin1'))?.[1]));
    });
  });
}

function resetBehind(port: number, head: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => {
      socket.write(head, () => socket.resetAndDestroy());
    });
    socket.once('close', () => resolve());
    // The reset is our own.
    socket.on('error', () => undefined);
  });
}
