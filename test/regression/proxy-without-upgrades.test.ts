import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect, type ConnectionState, type ConnectOptions } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { startCommand } from '../support/command-line.ts';
import { startPathProxy } from '../support/path-proxy.ts';
import { startServerProcess } from '../support/server-process.ts';

// nginx as it comes, Vite's `'/trpc': 'http://…'` and many corporate proxies pass no upgrade on. Calls worked, what was
// followed was `lost` for ever, and the command line said that the server could not be reached.

const backoff = { minDelayMs: 1, firstDelayMs: 20, maxDelayMs: 50 };

function client(url: string, options: Partial<ConnectOptions> = {}) {
  const stagewire = connect({ url, backoff, ...options });
  const states: ConnectionState[] = [];
  stagewire.onConnection((state) => states.push(state));
  return { stagewire, states };
}

test('with WebSockets only, it is said that HTTP works and no WebSocket comes through', async () => {
  await using server = await startApiServer();
  await using deaf = await startPathProxy({ targetPort: server.port, upgrades: false });
  const { stagewire, states } = client(deaf.url, { transport: 'ws' });
  const runId = await server.runs.begin();
  const reading = stagewire.run(runId).events().next();
  reading.catch(() => {});
  await expect
    .poll(() => stagewire.connection.error)
    .toMatchObject({
      name: 'StagewireClientError',
      code: 'NO_WEBSOCKET',
    });
  expect(stagewire.connection.status).toBe('lost');
  const told = states.length;
  // Said once, however often it is tried again: silence is observed over several tries.
  await sleep(200);
  expect(states.length).toBe(told);
  await stagewire.close();
});

test('the command line says that it follows over HTTP', async () => {
  await using server = await startServerProcess({ env: { STAGEWIRE_MODEL: 'rehearsal/ttft=60000' } });
  await using deaf = await startPathProxy({ targetPort: Number(new URL(server.url).port), upgrades: false });
  await using direct = connect({ url: server.url });
  const run = await direct.start({ task: 'A stack' });
  await using watch = startCommand(['watch', run.id], { env: { STAGEWIRE_URL: deaf.url } });
  await watch.sees('Following over HTTP', 'stderr');
  await watch.sees('stage 1');
  expect(watch.stderr).not.toMatch(/cannot be reached|Retrying/);
  watch.signal('SIGINT');
  await watch.ended;
  await run.cancel();
});

test('a server that is not there is told apart, with the reason', async () => {
  await using server = await startApiServer();
  const { port } = server;
  await server.server.close();
  const { stagewire } = client(`http://127.0.0.1:${port}`);
  const reading = stagewire.feed().next();
  reading.catch(() => {});
  await expect
    .poll(() => stagewire.connection.error)
    .toMatchObject({
      code: 'UNREACHABLE',
      message: expect.stringContaining(`ECONNREFUSED 127.0.0.1:${port}`),
    });
  await stagewire.close();
});

test('so are a proxy that asks who is there, and a server that is about to stop', async () => {
  await using server = await startApiServer();
  await using asking = await startPathProxy({
    targetPort: server.port,
    authorization: 'Basic YW5uOnNlY3JldA==',
  });
  const { stagewire } = client(asking.url);
  stagewire
    .feed()
    .next()
    .catch(() => {});
  await expect
    .poll(() => stagewire.connection.error)
    .toMatchObject({
      code: 'NOT_STAGEWIRE',
      details: { status: 401 },
      message: expect.stringContaining('HTTP 401'),
    });
  await stagewire.close();

  server.server.refuseWebSockets();
  const { stagewire: late } = client(`http://127.0.0.1:${server.port}`);
  late
    .feed()
    .next()
    .catch(() => {});
  await expect.poll(() => late.connection.error).toMatchObject({ name: 'StagewireError', code: 'DRAINING' });
  expect(late.connection.status).toBe('lost');
  await late.close();
});

test('a refusal for now of a subscription stands beside the open connection, until it is served', async () => {
  await using server = await startApiServer({ limits: { maxSubscriptions: 1 } });
  const { stagewire } = client(`http://127.0.0.1:${server.port}`, { maxConnections: 1 });
  const runs = [await server.runs.begin(), await server.runs.begin()] as const;
  const first = stagewire.run(runs[0]).events();
  await first.next();
  const second = stagewire.run(runs[1]).events().next();
  await expect
    .poll(() => stagewire.connection)
    .toMatchObject({ status: 'open', error: { code: 'OVERLOADED' } });
  await first.return?.();
  expect((await second).value).toMatchObject({ type: 'run.queued' });
  expect(stagewire.connection.error).toBeUndefined();
  await stagewire.close();
});
