import { EventEmitter, once } from 'node:events';
import type { Server } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type { PacingSocket } from '../../server/transport/paced-socket.ts';
import { createKeepAlives } from '../../server/transport/trpc-ws/keep-alive.ts';
import { startApiServer } from '../support/api-server.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { startThrottledProxy } from '../support/throttled-proxy.ts';

// One large answer is one write, which is done when all of it is: over a slow line that takes longer than a reader may take
// nothing. It was cut off though its bytes went on flowing, and cut off again each time it was asked for. A ping is answered behind it.

/** Each takes about four seconds, and in each second several parts of what the system keeps for the line. */
const limits = { slowReaderMs: 1000, pingMs: 500, pongWaitMs: 1000 };
const downBytesPerSecond = 4_000_000;
const chars = 18_000_000;

async function startScene(more: { readonly minReaderBytesPerSecond?: number } = {}) {
  const served = Promise.withResolvers<Server>();
  const api = await startApiServer({
    limits: { ...limits, ...more },
    addRoutes: (app) => served.resolve(app.server),
  });
  const server = await served.promise;
  const link = await startThrottledProxy({ targetPort: api.port, downBytesPerSecond });
  const runId = await api.runs.begin();
  for (let said = 0; said < chars; said += 500_000) await api.runs.say(runId, 'x'.repeat(500_000));
  return {
    connections: () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count))),
    link,
    runId,
    async [Symbol.asyncDispose]() {
      await link[Symbol.asyncDispose]();
      await api[Symbol.asyncDispose]();
    },
  };
}

test('over a WebSocket it arrives', async () => {
  await using scene = await startScene();
  const socket = new WebSocket(`${scene.link.url.replace('http', 'ws')}/trpc`);
  await once(socket, 'open');
  const heard = new Promise<number>((resolve) => {
    socket.once('message', (data: Buffer) => resolve(data.length));
    socket.once('close', resolve);
  });
  socket.send(
    JSON.stringify({ id: 1, method: 'query', params: { path: 'runs.get', input: { runId: scene.runId } } }),
  );
  expect(await heard).toBeGreaterThan(chars);
  socket.terminate();
});

test('over HTTP it arrives', async () => {
  await using scene = await startScene();
  const input = encodeURIComponent(JSON.stringify({ runId: scene.runId }));
  const answer = await fetch(`${scene.link.url}/trpc/runs.get?input=${input}`);
  expect((await answer.text()).length).toBeGreaterThan(chars);
});

// Whoever took a byte now and then was never cut: what waited for it was held for days, in the room of all.
test.each(['a WebSocket', 'HTTP'])(
  'over a line that is slower than the least rate it is cut: %s',
  async (wire) => {
    await using scene = await startScene({ minReaderBytesPerSecond: 2 * downBytesPerSecond });
    const input = { runId: scene.runId };
    const leaving = new AbortController();
    let hasArrived = false;
    if (wire === 'HTTP') {
      const path = `/trpc/runs.get?input=${encodeURIComponent(JSON.stringify(input))}`;
      void fetch(`${scene.link.url}${path}`, { signal: leaving.signal })
        .then((answer) => answer.text())
        .then(
          () => (hasArrived = true),
          () => undefined,
        );
    } else {
      const socket = new WebSocket(`${scene.link.url.replace('http', 'ws')}/trpc`);
      socket.on('error', () => undefined);
      leaving.signal.addEventListener('abort', () => socket.terminate());
      socket.once('message', () => (hasArrived = true));
      await once(socket, 'open');
      socket.send(JSON.stringify({ id: 1, method: 'query', params: { path: 'runs.get', input } }));
    }
    await expect.poll(scene.connections).toBe(1);
    await expect.poll(scene.connections, { timeout: 10_000 }).toBe(0);
    expect(hasArrived).toBe(false);
    leaving.abort();
  },
);

/** A simulated peer that answers no ping; the test sets how much of the data is flushed. */
function pingSilentPeer(writtenBytes: number) {
  const clock = createFakeClock();
  const sim = Object.assign(new EventEmitter(), {
    writtenBytes,
    flushedBytes: 0,
    isTerminated: false,
    ping: () => undefined,
    terminate: () => void (sim.isTerminated = true),
  });
  createKeepAlives({ clock, pingMs: 1000, pongWaitMs: 2000 })(sim as unknown as PacingSocket);
  return { clock, sim };
}

test('a peer whose ping waits behind what hardly flows is let go', async () => {
  const { clock, sim } = pingSilentPeer(100_000);
  await clock.advance(1000);
  sim.flushedBytes += 2500;
  await clock.advance(2000);
  expect(sim.isTerminated).toBe(false);
  sim.flushedBytes += 1500;
  await clock.advance(2000);
  expect(sim.isTerminated).toBe(true);
});

// Fewer bytes were left before the ping than the minimum rate flushes while a pong is awaited: never enough, however fast.
test('a peer that has received everything before its ping may still answer it', async () => {
  const { clock, sim } = pingSilentPeer(1500);
  await clock.advance(1000);
  sim.flushedBytes += 1500;
  await clock.advance(2000);
  expect(sim.isTerminated).toBe(false);
  await clock.advance(2000);
  expect(sim.isTerminated).toBe(true);
});
