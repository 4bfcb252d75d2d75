import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createLegacyRoutes } from '../../server/legacy/legacy-routes.ts';
import type { LegacyStreams } from '../../server/legacy/legacy-streams.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';
import { startApiServer } from '../support/api-server.ts';

// Two hundred WebSockets that each sent 8 MB less one byte of a message, and then nothing, held 1.8 GB for as long as they
// liked.

/** A client's frame with so much content, masked with zeros, of which the last byte is missing. */
function begunFrame(bytes: number): Buffer {
  const header = Buffer.alloc(14);
  header[0] = 0x81;
  header[1] = 0x80 | 127;
  header.writeBigUInt64BE(BigInt(bytes), 2);
  return Buffer.concat([header, Buffer.alloc(bytes - 1)]);
}

async function upgraded(port: number) {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}

test('messages that are begun and not ended are counted, refused when there is no room, and ended in time', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 10_000_000 });
  await using api = await startApiServer({ account, limits: { messageIdleMs: 300 } });
  const sockets = await Promise.all([1, 2, 3, 4, 5].map(() => upgraded(api.port)));
  // Reset or ended: in either case it is closed.
  const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
  for (const socket of sockets) socket.write(begunFrame(4_000_000));

  await expect.poll(() => account.report().requests.heldBytes).toBeGreaterThan(3_000_000);
  expect(account.report().requests.heldBytes).toBeLessThanOrEqual(10_000_000);
  await Promise.all(closed);
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
});

// What a refused peer went on to send was kept, uncounted, until its connection was cut two seconds later.
test('a peer that is refused and goes on sending is not read any more, and hears why it is closed', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 1_000_000 });
  const accepted = Promise.withResolvers<Socket>();
  await using api = await startApiServer({
    account,
    limits: { terminateAfterMs: 700 },
    addRoutes: (app) => void app.server.once('connection', accepted.resolve),
  });
  const client = new WebSocket(`ws://127.0.0.1:${api.port}/trpc`);
  client.on('error', () => undefined);
  await once(client, 'open');
  const closed = new Promise<number>((resolve) => void client.once('close', resolve));
  for (let count = 0; count < 70; count += 1) client.send(Buffer.alloc(100_000), { fin: false });
  await expect.poll(() => client.readyState).toBe(WebSocket.CLOSING);
  expect(account.report().requests.heldBytes).toBeGreaterThan(0);
  expect(await closed).toBe(1013);
  expect((await accepted.promise).bytesRead).toBeLessThan(3_000_000);
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
});

test('a large message that goes on is no such message', async () => {
  await using api = await startApiServer({ limits: { messageIdleMs: 200 } });
  const socket = await upgraded(api.port);
  const frame = begunFrame(400_000);
  for (let at = 0; at < frame.length; at += 40_000) {
    socket.write(frame.subarray(at, at + 40_000));
    // Slow, but never so long that it would be idle.
    await pause(60);
  }
  const answered = once(socket, 'data');
  socket.write(Buffer.alloc(1));
  // Not JSON, and told so: the connection is still there.
  expect(String((await answered)[0])).toContain('INVALID_INPUT');
  socket.destroy();
});

test('control frames do not hide what has come of a message', async () => {
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account });
  const socket = await upgraded(api.port);
  // The first fragment of a message, then pings between its fragments.
  const fragment = begunFrame(200_001).subarray(0, 14 + 200_000);
  fragment[0] = 0x01;
  fragment.writeBigUInt64BE(200_000n, 2);
  socket.write(fragment);
  const ping = Buffer.from([0x89, 0x84, 0, 0, 0, 0, 1, 2, 3, 4]);
  for (let count = 0; count < 30; count += 1) socket.write(ping);
  await expect.poll(() => account.report().requests.heldBytes).toBeGreaterThan(190_000);
  socket.destroy();
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
});

test('bodies that say more than there is room for are refused before they are read, and others are counted', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 3_000_000 });
  await using api = await startApiServer({ account });
  const post = (bytes: number) =>
    fetch(`http://127.0.0.1:${api.port}/trpc/runs.cancel`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify('x'.repeat(bytes)),
    });
  const refused = await post(2_000_000);
  expect(refused.status).toBe(503);
  expect(await refused.json()).toMatchObject({
    error: { data: { stagewire: { code: 'OVERLOADED', retryable: true } } },
  });
  expect((await post(1_000_000)).status).toBe(400);
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
});

/** A POST that says so many bytes and has sent none of them. */
async function begunRequest(port: number, contentLength: number, procedure = 'runs.cancel') {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write(
    `POST /trpc/${procedure} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${contentLength}\r\n\r\n`,
  );
  return socket;
}

// Two of them, without one byte of a body, refused every larger request for two minutes.
test('a length that is said holds nothing until its bytes come', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 17_000_000 });
  await using api = await startApiServer({ account });
  const waiting = await Promise.all(Array.from({ length: 30 }, () => begunRequest(api.port, 8_000_000)));
  // What they hold would be seen nowhere: they have had their time for it.
  await pause(200);
  const answer = await fetch(`http://127.0.0.1:${api.port}/trpc/runs.cancel`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify('x'.repeat(1_000_000)),
  });
  expect(answer.status).toBe(400);
  for (const socket of waiting) socket.destroy();
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
});

test('a body for which there is no room any more is refused in the middle, and the call in it is not made', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 3_000_000 });
  await using api = await startApiServer({ account });
  const body = JSON.stringify({ task: 'Go on.', files: [{ path: 'a.txt', text: 'x'.repeat(900_000) }] });
  const socket = await begunRequest(api.port, body.length, 'runs.start');
  let heard = '';
  socket.on('data', (chunk) => (heard += String(chunk)));
  socket.write(body.slice(0, 700_000));
  await expect.poll(() => account.report().requests.heldBytes).toBe(1_400_000);
  const others = account.charge('requests', 1_500_000);
  socket.write(body.slice(700_000));
  await expect.poll(() => heard).toMatch(/^HTTP\/1.1 503 .*OVERLOADED/s);
  others?.release();
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
  expect(await api.log.list({ limit: 1 })).toEqual([]);
  expect(heard.match(/HTTP\/1.1/g)).toHaveLength(1);
  expect(api.defects).toEqual([]);
  socket.destroy();
});

test('a large body that does not go on is refused in time, and one that goes on slowly is not', async () => {
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account, limits: { messageIdleMs: 300 } });
  const hung = await begunRequest(api.port, 200_000);
  hung.write('x'.repeat(199_999));
  const slow = await begunRequest(api.port, 200_000);
  const answered = once(slow, 'data');
  for (let sent = 0; sent < 200_000; sent += 20_000) {
    slow.write('x'.repeat(20_000));
    // Slow, but never so long that it would be idle.
    await pause(80);
  }
  expect(String((await answered)[0])).toMatch(/^HTTP\/1.1 400 /);
  slow.destroy();
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
  expect(String(hung.read() ?? '')).toMatch(/^HTTP\/1.1 408 /);
  hung.destroy();
});

// Two thousand event streams with cookies of 60 KB held 120 MB for as long as they lasted.
test('long headers are counted as long as their request lasts, and refused when there is no room', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 100_000 });
  await using api = await startApiServer({ account });
  const open = async (path: string, cookieChars: number) => {
    const headers = { cookie: 'c'.repeat(cookieChars) };
    const leaving = new AbortController();
    const { status } = await fetch(`http://127.0.0.1:${api.port}${path}`, {
      headers,
      signal: leaving.signal,
    });
    return { status, leave: () => leaving.abort() };
  };
  const feed = '/trpc/runs.feed?input=%7B%7D';
  const first = await open(feed, 60_000);
  expect(first.status).toBe(200);
  expect(account.report().requests.heldBytes).toBeGreaterThan(60_000);
  expect((await open(feed, 60_000)).status).toBe(503);
  const usual = await open(feed, 2000);
  expect(usual.status).toBe(200);
  expect((await open('/healthz', 2000)).status).toBe(200);
  first.leave();
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
  usual.leave();
});

test('long headers of a WebSocket are counted until its first message', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), requests: 100_000 });
  await using api = await startApiServer({ account });
  const open = () => {
    const headers = { cookie: 'c'.repeat(60_000) };
    return new WebSocket(`ws://127.0.0.1:${api.port}/trpc?connectionParams=1`, { headers });
  };
  const first = open();
  await once(first, 'open');
  expect(account.report().requests.heldBytes).toBeGreaterThan(60_000);
  const [error] = (await once(open(), 'error')) as [Error];
  expect(error.message).toContain('503');
  first.send(JSON.stringify({ method: 'connectionParams', data: null }));
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
  const next = open();
  await once(next, 'open');
  for (const socket of [first, next]) socket.terminate();
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
});

// Six thousand of them took a heap of 256 MB. tRPC tells what is wrong with a subscription in its event stream.
test.each([
  ['the feed', 200, () => '/trpc/runs.feed?input=%7B%7D'],
  [
    'a run',
    200,
    (runId: string) => `/trpc/runs.events?input=${encodeURIComponent(JSON.stringify({ runId }))}`,
  ],
  ['the legacy route', 503, (runId: string) => `/api/stream/events/${runId}`],
] as const)(
  'event streams over HTTP are counted, and one too many is refused: %s',
  async (_name, status, pathOf) => {
    const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), subscriptions: 60_000 });
    const streams = { start: () => Promise.reject(new Error('nothing is started')), events: silentStream };
    await using api = await startApiServer({
      account,
      addRoutes: createLegacyRoutes({
        streams,
        clock: systemClock,
        account,
        limits: defaultTransportLimits,
        onInternalError: () => undefined,
      }),
    });
    const path = pathOf(await api.runs.begin());
    const leaving = new AbortController();
    const open = () => fetch(`http://127.0.0.1:${api.port}${path}`, { signal: leaving.signal });
    expect([(await open()).status, (await open()).status]).toEqual([200, 200]);
    const refused = await open();
    expect(refused.status).toBe(status);
    expect(await refused.text()).toContain('OVERLOADED');
    leaving.abort();
    await expect.poll(() => account.report().total.heldBytes).toBe(0);
  },
);

/** One that says one thing, and nothing more until its reader has gone. */
const silentStream: LegacyStreams['events'] = (_wanted, { signal }) =>
  Promise.resolve(
    (async function* () {
      yield { cursor: '1', events: [] };
      if (!signal.aborted) await once(signal, 'abort');
    })(),
  );

// A hundred peers whose bytes were no frames held 13 MB, and the room for all requests, until half a minute later.
test('what a peer has sent is not counted any more after a frame that cannot be read, and it is cut soon', async () => {
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account, limits: { terminateAfterMs: 200 } });
  const socket = await upgraded(api.port);
  const closed = once(socket, 'close');
  socket.write(Buffer.alloc(200_000, ' '));
  // It goes on after it has been told.
  await once(socket, 'data');
  socket.write(Buffer.alloc(200_000, ' '));
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
  await closed;
});
