import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { startApiServer } from '../support/api-server.ts';

// A client that asked for `Connection: close` and was refused by the length of its body got a reset (EPIPE, ECONNRESET)
// in a third of the tries: Node closed the connection behind the answer, while the body was still arriving.

async function startServer() {
  const app = await startApp({ config: readConfig({ STAGEWIRE_PORT: '0', STAGEWIRE_LOG: 'memory' }) });
  return { port: Number(new URL(app.url).port), [Symbol.asyncDispose]: () => app.close() };
}

/**
 * Sends a head and most of a body, reads the answer, sends the rest, and resolves with the status when the connection is
 * closed. Rejects if it was reset.
 *
 * @param bodyBytes by default more than a request may have
 */
async function postInTwo(
  port: number,
  path: string,
  headers: Readonly<Record<string, string>>,
  bodyBytes = 9 * 1024 * 1024,
) {
  const isChunked = 'transfer-encoding' in headers;
  const all = {
    'content-type': 'application/json',
    host: `127.0.0.1:${port}`,
    connection: 'close',
    ...headers,
  };
  const head = Object.entries(isChunked ? all : { ...all, 'content-length': String(bodyBytes) });
  const socket = connect(port, '127.0.0.1');
  const closed = new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('close', () => resolve());
  });
  closed.catch(() => undefined);
  const answered = once(socket, 'data') as Promise<[Buffer]>;
  socket.write(`POST ${path} HTTP/1.1\r\n${head.map((pair) => pair.join(': ')).join('\r\n')}\r\n\r\n`);
  const rest = 'x'.repeat(1000);
  const most = 'x'.repeat(bodyBytes - rest.length);
  socket.write(isChunked ? `${most.length.toString(16)}\r\n${most}\r\n` : most);
  const [answer] = await answered;
  // The rest comes when the server has long answered, as over a slow line.
  await pause(50);
  socket.write(isChunked ? `${rest.length.toString(16)}\r\n${rest}\r\n` : rest);
  // And so does the end of it.
  await pause(50);
  if (isChunked) socket.write('0\r\n\r\n');
  await closed;
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(answer))?.[1]);
}

const refusals: readonly (readonly [string, number, string, Record<string, string>])[] = [
  ['is larger than it may be', 413, '/trpc/runs.start', {}],
  ['is larger than it may be, in chunks', 413, '/trpc/runs.start', { 'transfer-encoding': 'chunked' }],
  ['is for no address', 404, '/nothing', {}],
  ['is too large for the legacy route', 413, '/api/stream/task', {}],
  [
    'is too large for the legacy route, in chunks',
    413,
    '/api/stream/task',
    { 'transfer-encoding': 'chunked' },
  ],
  ['comes from a page that is not admitted', 403, '/trpc/runs.start', { origin: 'https://other.example' }],
];

test.each(refusals)('a refused body that %s has its answer read', async (_what, status, path, headers) => {
  await using server = await startServer();
  expect(await postInTwo(server.port, path, headers)).toBe(status);
});

test('the connection is closed when the rest of the body does not come', async () => {
  await using api = await startApiServer({ limits: { lingerMs: 100 } });
  const socket = connect(api.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  socket.write(
    `POST /nothing HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nConnection: close\r\nContent-Length: 1000\r\n\r\nbegun`,
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  expect(String(answer)).toContain('404');
  await closed;
});

test('the connection is closed when the body has come', async () => {
  await using api = await startApiServer({ limits: { lingerMs: 60_000 } });
  const socket = connect(api.port, '127.0.0.1');
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  socket.write(
    `POST /nothing HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nConnection: close\r\nContent-Length: 9\r\n\r\nbegun`,
  );
  await once(socket, 'data');
  socket.write('more');
  await closed;
  expect(socket.closed).toBe(true);
});

test('a body that never ends is not read for ever', async () => {
  await using api = await startApiServer({ limits: { lingerMs: 50, requestTimeoutMs: 400 } });
  const socket = connect(api.port, '127.0.0.1');
  socket.on('error', () => undefined);
  const closed = new Promise((resolve) => void socket.once('close', resolve));
  socket.write(
    `POST /nothing HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\nContent-Length: 1000000\r\n\r\nbegun`,
  );
  const dripping = setInterval(() => socket.write('x'), 10);
  await closed;
  expect(socket.closed).toBe(true);
  clearInterval(dripping);
});

// The rest of a body that was refused by its type was charged after the charge had been released, for ever.
test('what comes of a body behind its answer is not counted', async () => {
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account });
  const status = await postInTwo(api.port, '/trpc/runs.start', { 'content-type': 'text/plain' }, 200_000);
  expect(status).toBe(415);
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
});
