import type { Server } from 'node:http';
import { connect } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { beforeEach, expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';

let served: PromiseWithResolvers<Server>;
const limits = { slowReaderMs: 300 };
const addRoutes = (app: FastifyInstance) => {
  served.resolve(app.server);
  app.get('/large', (_request, reply) => reply.type('text/plain').send('x'.repeat(16_000_000)));
};
beforeEach(() => {
  served = Promise.withResolvers();
});

// Only event streams over HTTP had a deadline: an answer that its reader never took stayed, with its connection.
test('an answer of tRPC over HTTP that its client does not read is cut', async () => {
  await using api = await startApiServer({ limits, addRoutes });
  const runId = await api.runs.begin();
  for (let part = 0; part < 160; part += 1) await api.runs.say(runId, 'x'.repeat(65_536));
  const input = encodeURIComponent(JSON.stringify({ runId }));
  await expectCut(api.port, `/trpc/runs.get?input=${input}`);
});

// Passed to `end` as a whole, it is over for Node at once, and never in need of `drain`.
test('a response of any other route that its client does not read is cut', async () => {
  await using api = await startApiServer({ limits, addRoutes });
  await expectCut(api.port, '/large');
});

async function expectCut(port: number, path: string): Promise<void> {
  const server = await served.promise;
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));
  const socket = connect(port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await expect.poll(connections).toBe(1);
  await expect.poll(connections, { timeout: 4000 }).toBe(0);
  socket.destroy();
}
