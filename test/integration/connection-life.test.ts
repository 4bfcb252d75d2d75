import { connect as connectTcp } from 'node:net';
import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { closeReasons } from '@stagewire/shared/close-reasons';
import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { connect, eventsOf } from '../support/bare-socket.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { openRequest, rawRequest, upgradeRequest } from '../support/raw-request.ts';
import { until } from '../support/until.ts';

test('a peer that answers no control ping is terminated; one whose library answers by itself stays', async () => {
  await using api = await startApiServer({ limits: { pingMs: 40, pongWaitMs: 60 } });
  await using alive = await connect(api.port);
  const dead = await openMute(api.port);

  await new Promise((resolve) => dead.once('close', resolve));
  // As long again: the one that answers is watched over by the same limits, and stays.
  await pause(150);

  expect(api.server.connectionCount).toBe(1);
  expect(await alive.call('query', 'server.info')).toHaveProperty('result');
});

test('pings go out 25 s after the last sign of life, and have 35 s to be answered', async () => {
  const clock = createFakeClock();
  await using api = await startApiServer({ clock });
  const mute = await openMute(api.port);
  const received: Buffer[] = [];
  mute.on('data', (chunk) => received.push(chunk));
  await until(() => api.server.connectionCount === 1, 'the connection to be counted');

  await clock.advance(24_999);
  expect(received).toEqual([]);
  await clock.advance(1);
  await until(() => received.length > 0, 'the ping');
  expect(Buffer.concat(received)).toEqual(Buffer.from([0x89, 0x00]));
  await clock.advance(34_999);
  expect(api.server.connectionCount).toBe(1);
  await clock.advance(1);
  await until(() => api.server.connectionCount === 0, 'the mute peer to be terminated');
});

test('one connection more than the server carries is dropped, and the others stay', async () => {
  await using api = await startApiServer({ limits: { maxConnections: 2 } });
  await using first = await connect(api.port);
  await using second = await connect(api.port);

  await expect(connect(api.port)).rejects.toThrow(/socket hang up|ECONNRESET/);
  for (const bot of [first, second]) expect(await bot.call('query', 'server.info')).toHaveProperty('result');
});

test('closing tells every client to come back, and no subscription that it was complete', async () => {
  const api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  const id = bot.subscribe('runs.events', { runId });
  await bot.until(id, 'stage.started');

  await api[Symbol.asyncDispose]();

  expect(await bot.closed).toEqual({ code: 1012, reason: closeReasons.restart() });
  expect(bot.frames).toEqual([]);
});

test('closing takes no longer than its grace, whoever does not let go', async () => {
  const api = await startApiServer({ limits: { closeGraceMs: 100 } });
  const mute = await openMute(api.port);
  const half = connectTcp(api.port, '127.0.0.1', () => half.write('GET /healthz HTTP/1.1\r\nHos'));
  for (const socket of [mute, half]) socket.on('error', () => undefined);
  await until(() => api.server.connectionCount === 1, 'the connection to be counted');
  const begunAt = performance.now();

  await api[Symbol.asyncDispose]();

  expect(performance.now() - begunAt, 'timing: until the connection is closed').toBeLessThan(1500);
});

test('closing leaves no timer and no handle behind', async () => {
  const before = handles();
  const clock = createFakeClock();
  const api = await startApiServer({ clock });
  const runId = await api.runs.begin();
  const input = encodeURIComponent(JSON.stringify({ runId }));
  {
    await using follower = await connect(api.port);
    await using silent = await connect(api.port, { query: '?connectionParams=1' });
    await using refused = await connect(api.port, { query: '?connectionParams=1' });
    refused.send({ method: 'connectionParams', data: { protocol: '99' } });
    await refused.call('query', 'server.info');
    const id = follower.subscribe('runs.events', { runId });
    await follower.until(id, 'stage.started');
    const stream = await openRequest(api.port, { path: `/trpc/runs.events?input=${input}` });
    stream.on('error', () => undefined);
    await rawRequest(api.port, { path: '/trpc/server.info' });
    api.server.announceReconnect(60_000);
    expect(clock.pendingTimers).toBeGreaterThan(5);

    await api[Symbol.asyncDispose]();
    expect((await silent.closed).code).toBe(1012);
    stream.destroy();
  }
  await until(() => clock.pendingTimers === 0, 'the last timer to be taken back');
  await until(() => handles() <= before, 'the last socket to be closed');
});

test('clients are asked to connect again evenly over the given time', async () => {
  const clock = createFakeClock();
  await using api = await startApiServer({ clock });
  const bots = [
    await connect(api.port),
    await connect(api.port),
    await connect(api.port),
    await connect(api.port),
  ];
  const asked = () => bots.filter((bot) => bot.frames.length > 0).length;

  api.server.announceReconnect(1_000);

  for (const expected of [1, 2, 3, 4]) {
    await clock.advance(expected === 1 ? 1 : 250);
    // What was sent to a bot before its answer is there with it.
    for (const bot of bots) await bot.call('query', 'server.info');
    expect(asked()).toBe(expected);
  }
  expect(bots[0]?.frames).toEqual([{ id: null, method: 'reconnect' }]);
  for (const bot of bots) await bot[Symbol.asyncDispose]();
});

test('a client that reconnects gets all of its 256 subscriptions back in one batch', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  const ids = Array.from({ length: 256 }, (_, index) => index + 1);

  bot.send(
    ids.map((id) => ({ id, method: 'subscription', params: { path: 'runs.events', input: { runId } } })),
  );

  for (const id of ids) {
    expect(eventsOf(await bot.until(id, 'stage.started')).map((event) => event.type)).toEqual([
      'run.queued',
      'run.started',
      'run.planned',
      'stage.started',
    ]);
  }
});

test('a new connection while the server closes is refused', async () => {
  const api = await startApiServer({ limits: { closeGraceMs: 200 } });
  const mute = await openMute(api.port);
  mute.on('error', () => undefined);
  await until(() => api.server.connectionCount === 1, 'the connection to be counted');
  const port = api.port;

  const closed = api[Symbol.asyncDispose]();

  await expect(connect(port)).rejects.toThrow(/503|ECONNREFUSED/);
  await closed;
});

/** A WebSocket whose peer never answers anything. */
function openMute(port: number): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connectTcp(port, '127.0.0.1', () => socket.write(upgradeRequest(port, '/trpc')));
    socket.once('data', () => resolve(socket));
  });
}

function handles(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;
}
