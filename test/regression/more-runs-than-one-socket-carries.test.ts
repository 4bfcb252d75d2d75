import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';

const backoff = { minDelayMs: 1, firstDelayMs: 20, maxDelayMs: 50 };

// The 257th run of a page stayed `loading` without a word, for as long as the others lived.
test('runs beyond what one socket carries come over a second, and how all stand is one state', async () => {
  await using server = await startApiServer({ limits: { maxSubscriptions: 4 } });
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, backoff, idleCloseMs: 100 });
  const runIds = [];
  for (let n = 0; n < 10; n += 1) runIds.push(await server.runs.begin());
  const states: string[] = [];
  client.onConnection(({ status }) => states.push(status));
  const runs = runIds.map((runId) => client.run(runId));
  const results = runs.map((run) => run.result());
  await expect.poll(() => runs.filter(({ state }) => state !== undefined).length).toBe(10);
  expect(server.server.connectionCount).toBe(3);
  expect(client.connection.status).toBe('open');
  for (const runId of runIds) await server.runs.finish(runId);
  expect((await Promise.all(results)).map(({ status }) => status)).toEqual(runIds.map(() => 'completed'));
  await expect.poll(() => client.connection.status).toBe('idle');
  await expect.poll(() => server.server.connectionCount).toBe(0);
  // A second socket is no news while the first is open, but that one of them is being opened may be.
  expect(states.filter((it) => it === 'lost' || it === 'refused')).toEqual([]);
});
