import type { Server } from 'node:http';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';

// Only event streams over HTTP had a deadline: an answer that its reader never took stayed, with its connection.
test('a reader that does not take an answer over HTTP is cut', async () => {
  const served = Promise.withResolvers<Server>();
  await using api = await startApiServer({
    limits: { slowReaderMs: 300 },
    addRoutes: (app) => served.resolve(app.server),
  });
  const runId = await api.runs.begin();
  for (let part = 0; part < 160; part += 1) await api.runs.say(runId, 'x'.repeat(65_536));
  const server = await served.promise;
  const connections = () =>
    new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  const input = encodeURIComponent(JSON.stringify({ runId }));
  const socket = connect(api.port, '127.0.0.1').pause();
  socket.on('error', () => undefined);
  socket.write(`GET /trpc/runs.get?input=${input} HTTP/1.1\r\nHost: 127.0.0.1:${api.port}\r\n\r\n`);
  await expect.poll(connections).toBe(1);
  await expect.poll(connections, { timeout: 4000 }).toBe(0);
  socket.destroy();
});
