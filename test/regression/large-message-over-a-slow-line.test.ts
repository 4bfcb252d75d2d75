import { once } from 'node:events';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startApiServer } from '../support/api-server.ts';
import { startThrottledProxy } from '../support/throttled-proxy.ts';

// One large answer is one write, which is done when all of it is: over a slow line that takes longer than a reader may take
// nothing. It was cut off though its bytes went on flowing, and cut off again each time it was asked for. A ping is answered behind it.

/** Each takes about four seconds, and in each second several parts of what the system keeps for the line. */
const limits = { slowReaderMs: 1000, pingMs: 500, pongWaitMs: 1000 };
const downBytesPerSecond = 4_000_000;
const chars = 18_000_000;

async function startScene() {
  const api = await startApiServer({ limits });
  const link = await startThrottledProxy({ targetPort: api.port, downBytesPerSecond });
  const runId = await api.runs.begin();
  for (let said = 0; said < chars; said += 500_000) await api.runs.say(runId, 'x'.repeat(500_000));
  return {
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
