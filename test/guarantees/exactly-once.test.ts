import { setTimeout as sleep } from 'node:timers/promises';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { connect, type Stagewire } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { createLedger, type Ledger } from '../support/ledger.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';
import { startStubbornFollower } from '../support/persistent-subscriber.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { sizes, timeoutMs } from './sizes.ts';

// G2: exactly once per cursor, however often the socket is lost.
// Seen red with: a resume began one event too late, or one too early; the client kept what overlaps.

const { clients, seconds, handovers } = sizes.exactlyOnce;
const tokensPerSecond = 150;
const slowMs = 200;
/** Two stages that take so long together. */
const input = {
  task: 'Lose nothing',
  models: {
    default: `rehearsal/ttft=0,tps=${tokensPerSecond},chars=${Math.round((tokensPerSecond * 4 * seconds) / 2)}`,
  },
  pipeline: { roles: ['architect', 'documenter'] },
};

test(
  `${clients} clients whose sockets are destroyed at random miss and repeat nothing; a plain broadcast does`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(2);
    await using server = await startComposedServer();
    await using proxy = await startTcpProxy({ targetPort: server.port });
    await using control = await startBroadcast();
    await using controlProxy = await startTcpProxy({ targetPort: control.port });
    await using starter = connect({ url: `http://127.0.0.1:${server.port}` });
    const { id: runId } = await starter.start(input);
    const awayMs = () => random() * 2000;

    const bare = Array.from({ length: clients / 2 }, () =>
      startStubbornFollower({ port: proxy.port, runId, awayMs }),
    );
    const real = Array.from({ length: clients / 2 }, () =>
      connect({
        url: `http://127.0.0.1:${proxy.port}`,
        random,
        backoff: { minDelayMs: 1, firstDelayMs: 2000, maxDelayMs: 2000 },
      }),
    );
    const reading = Promise.all(real.map((client) => read(client, runId)));
    // Awaited below; until then a failure is not unhandled.
    reading.catch(() => undefined);
    const listeners = Array.from({ length: clients / 2 }, () => startListener(controlProxy.port, awayMs));
    await cutUntil(starter.run(runId).result(), [proxy, controlProxy], random);
    control.stop();
    await Promise.all(bare.map(({ ended }) => ended));
    const ledgers = [...bare.map(({ ledger }) => ledger), ...(await reading)];
    await Promise.all(real.map((client) => client.close()));

    expect(new Set(ledgers.flatMap((ledger) => ledger.breaches))).toEqual(new Set());
    const stored = createLedger(runId);
    for (const { event } of await server.log.read(runId, { after: 0, limit: 1_000_000 })) {
      stored.applyStored(event);
    }
    expect(new Set(ledgers.map((ledger) => ledger.hash()))).toEqual(new Set([stored.hash()]));
    // The proof that the wire was cut: the same cuts lose something where there is no cursor.
    expect(bare.reduce((sum, { resumes }) => sum + resumes, 0)).toBeGreaterThanOrEqual(clients / 2);
    expect(proxy.accepted).toBeGreaterThanOrEqual(2 * clients);
    expect(server.defects).toEqual([]);
    const lost = listeners.map((listener) => control.sent - listener.leave());
    expect(Math.max(...lost)).toBeGreaterThan(0);
  },
);

test(
  `clients asked ${handovers} times to go over to a new connection, over slow links and fast ones, miss and repeat nothing`,
  { timeout: timeoutMs },
  async () => {
    const { next: random } = createSeededChance(4);
    await using server = await startComposedServer();
    await using proxy = await startTcpProxy({ targetPort: server.port, latencyMs: slowMs });
    const real = Array.from({ length: 8 }, () => connect({ url: `http://127.0.0.1:${proxy.port}`, random }));
    await using starter = connect({ url: `http://127.0.0.1:${server.port}` });
    const { id: runId } = await starter.start(input);
    const reading = Promise.all(real.map((client) => read(client, runId)));
    for (let turn = 0; turn < handovers; turn += 1) {
      // Text goes by on the new connections before they are asked again.
      await sleep(700 + random() * 300);
      // A fast new connection overtakes what is still on its way over the slow old one: it comes twice, in other pieces.
      proxy.latencyMs = turn % 2 === 0 ? 0 : slowMs;
      server.http.announceReconnect(100);
    }
    const ledgers = await reading;
    await Promise.all(real.map((client) => client.close()));

    expect(new Set(ledgers.flatMap((ledger) => ledger.breaches))).toEqual(new Set());
    expect(new Set(ledgers.map((ledger) => ledger.hash())).size).toBe(1);
    expect(proxy.accepted).toBeGreaterThanOrEqual(real.length * 3);
  },
);

/** What somebody applies who uses the client as it is meant. */
async function read(client: Stagewire, runId: string): Promise<Ledger> {
  const ledger = createLedger(runId);
  const events = client.run(runId).events();
  for await (const event of events) ledger.apply(event, events.cursor ?? '');
  return ledger;
}

/** Destroys every connection about once in a second and a half, until `end`. */
async function cutUntil(
  end: Promise<unknown>,
  proxies: readonly TcpProxy[],
  random: () => number,
): Promise<void> {
  const over = end.then(() => true);
  while (!(await Promise.race([over, sleep(100, false)]))) {
    for (const proxy of proxies) proxy.reset(() => random() < 0.07);
  }
}

/** What a server without a log does: who is there hears it. */
async function startBroadcast() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  let sent = 0;
  const timer = setInterval(() => {
    sent += 1;
    for (const client of server.clients) client.send(String(sent));
  }, 1000 / tokensPerSecond);
  const stop = () => clearInterval(timer);
  return {
    port: (server.address() as AddressInfo).port,
    stop,
    get sent() {
      return sent;
    },
    async [Symbol.asyncDispose]() {
      stop();
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Connects again as often as it must, and counts what it hears. */
function startListener(port: number, awayMs: () => number) {
  let heard = 0;
  let left = false;
  let socket: WebSocket | undefined;
  function open(): void {
    if (left) return;
    socket = new WebSocket(`ws://127.0.0.1:${port}`);
    socket.on('message', () => (heard += 1));
    socket.on('error', () => undefined);
    socket.once('close', () => setTimeout(open, awayMs()));
  }
  open();
  return {
    /** How many messages it has heard. */
    leave(): number {
      left = true;
      socket?.terminate();
      return heard;
    },
  };
}
