import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectTcp, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isTransient } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { connect, type Stagewire } from '../../client/index.ts';
import { freeServerPort } from '../support/free-server-port.ts';
import { startServerProcess, type ServerProcess } from '../support/server-process.ts';
import { until } from '../support/until.ts';

// G15: a drain loses nothing. SIGTERM under load, real processes, real clients.

const drainMs = 5000;

test('SIGTERM under load: refused, told, written, gone in time; after the restart nothing is lost and nothing comes twice', async () => {
  await using place = await makePlace();
  const first = await place.start();
  const clients = Array.from({ length: 4 }, (_, index) =>
    connect({
      url: first.url,
      backoff: { maxDelayMs: 2000 },
      transport: index % 2 === 0 ? 'ws' : 'sse',
      maxStreams: 8,
    }),
  );
  const runs = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      clients[0]!.start({
        task: `Outlive a restart ${index}`,
        models: { default: 'rehearsal/ttft=0,tps=150,chars=1600' },
        pipeline: { roles: ['architect', 'documenter'] },
      }),
    ),
  );
  const followed = clients.flatMap((client) => runs.map(({ id }) => follow(client, id)));
  const bots = await Promise.all(Array.from({ length: 6 }, () => openBot(first.port)));
  await until(() => followed.every(({ deltas }) => deltas() > 3), 'every follower to have text');

  const termMs = performance.now();
  first.child.kill('SIGTERM');
  await until(() => first.output().includes('Stopping'), 'the server to stop');
  expect((await fetch(`${first.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${first.url}/healthz`)).status).toBe(200);
  expect(await startOver(first)).toBe('DRAINING');
  await expect(openBot(first.port)).rejects.toThrow('503');
  await once(first.child, 'exit');
  expect(first.child.exitCode).toBe(0);
  // A second for the machine, which is busy.
  expect(performance.now() - termMs, 'timing: from SIGTERM to the end').toBeLessThan(drainMs + 1000);

  for (const bot of bots) expect(await bot.closed).toBe(1012);
  for (const bot of bots) expect(bot.wasTold()).toBe(true);

  const second = await place.start();
  for (const run of runs) expect((await run.result()).status).toBe('completed');
  await Promise.all(followed.map(({ ended }) => ended));
  for (const follower of followed) {
    expect(follower.breaches).toEqual([]);
    const state = await clients[1]!.run(follower.runId).snapshot();
    expect(follower.seq()).toBe(state.seq);
    // The words before the restart were kept, and were not said again.
    expect(state.epoch).toBe(2);
    expect(state.stages.flatMap((stage) => stage.attempts.map(({ cause }) => cause))).toContain('resume');
  }
  await Promise.all(clients.map((client) => client.close()));
  expect(await second.stop()).toBe(0);
}, 40_000);

test('a second signal ends the process at once', async () => {
  await using place = await makePlace();
  const server = await place.start({ STAGEWIRE_DRAIN_MS: '60000' });
  // Cutting this one takes two seconds, after a second for telling it: time enough for the second signal.
  const mute = await openMute(server.port);
  server.child.kill('SIGTERM');
  await until(() => server.output().includes('Stopping'), 'the server to stop');
  // One that came at once would be taken for the same press of a key.
  await pause(700);
  server.child.kill('SIGINT');
  await once(server.child, 'exit');
  mute.destroy();
  expect(server.child.signalCode).toBe('SIGINT');
});

test('a peer that never closes does not hold the process beyond STAGEWIRE_DRAIN_MS', async () => {
  await using place = await makePlace();
  const server = await place.start({ STAGEWIRE_DRAIN_MS: '600' });
  const mute = await openMute(server.port);
  server.child.kill('SIGTERM');
  await once(server.child, 'exit');
  mute.destroy();
  expect(server.child.exitCode).toBe(0);
  // Without the deadline it would have been cut, and there would be nothing to say.
  expect(server.output()).toContain('because STAGEWIRE_DRAIN_MS had passed');
});

/** A WebSocket whose peer never answers anything. */
async function openMute(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}

/** Where servers follow one another: one data directory, one port. */
async function makePlace() {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-drain-'));
  const port = await freeServerPort();
  const servers: ServerProcess[] = [];
  return {
    async start(env: Readonly<Record<string, string>> = {}): Promise<ServerProcess> {
      const server = await startServerProcess({ dataDir, env: { STAGEWIRE_PORT: String(port), ...env } });
      servers.push(server);
      return server;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Reads a run to its end with the real client, and holds every event against the one before. */
function follow(client: Stagewire, runId: string) {
  const breaches: string[] = [];
  let seq = 0;
  let deltas = 0;
  async function read(): Promise<void> {
    for await (const event of client.run(runId).events()) {
      if (isTransient(event)) continue;
      const firstSeq = event.firstSeq ?? event.seq;
      if (firstSeq !== seq + 1) breaches.push(`${event.type} begins at ${firstSeq} behind ${seq}`);
      seq = event.seq;
      if (event.type === 'stage.delta') deltas += 1;
    }
  }
  return { runId, breaches, ended: read(), seq: () => seq, deltas: () => deltas };
}

/** A bare socket that notes whether it was asked to connect again, and how it was closed. */
async function openBot(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc`);
  let wasTold = false;
  socket.on('message', (data: Buffer) => {
    wasTold ||= data.toString() === '{"id":null,"method":"reconnect"}';
  });
  await once(socket, 'open');
  const closed = once(socket, 'close').then(([code]) => Number(code));
  return { closed, wasTold: () => wasTold };
}

async function startOver(server: ServerProcess): Promise<string> {
  const response = await fetch(`${server.url}/trpc/runs.start`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ task: 'Too late' }),
  });
  const { error } = (await response.json()) as { error: { data: { stagewire: { code: string } } } };
  return error.data.stagewire.code;
}
