import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { startAttackedServer, type AttackedServer } from '../support/attacked-server.ts';
import { isUnmeasurable } from '../support/damage-bounds.ts';
import { rawBytes } from '../support/raw-request.ts';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { until } from '../support/until.ts';

// Requests that no browser and no library sends, to a server with a heap of 256 MB. What each did before is said at each.

/** Of a server with a heap of 256 MB, as the guarantees have it. */
const maxRssBytes = 700_000_000;

describe.skipIf(isUnmeasurable)('a peer whose requests are odd', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await startAttackedServer();
  }, 30_000);
  afterAll(() => server[Symbol.asyncDispose]());

  // The legacy route read its bodies without counting their memory: 200 of them took 1.7 GB.
  test.each([
    ['of a known length', 'Content-Length: 8000000', (bytes: number) => Buffer.alloc(bytes, ' ')],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      (bytes: number) => Buffer.from(`${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`),
    ],
  ] as const)(
    'bodies %s for the legacy route that stop before their end',
    { timeout: 60_000 },
    async (...row) => {
      const [, header, piece] = row;
      const damage = await server.suffer(async () => {
        const sockets = await Promise.all(Array.from({ length: 60 }, () => open(server.port)));
        await Promise.all(
          sockets.map(async (socket) => {
            socket.write(requestHead(server.port, 'POST /api/stream/task', [header]));
            for (let sent = 0; sent < 7_900_000 && !socket.destroyed; sent += 65_536)
              if (!socket.write(piece(65_536))) await drained(socket);
          }),
        );
        for (const socket of sockets) socket.destroy();
      });
      expect(damage.peakRssBytes).toBeLessThan(maxRssBytes);
      await expect.poll(() => server.heldBytes()).toBe(0);
    },
  );

  test('a body for the legacy route that is too long by its content-length is rejected unread', async () => {
    const head = requestHead(server.port, 'POST /api/stream/task', [
      'Content-Length: 900000000',
      'Connection: close',
    ]);
    const answer = await rawBytes(server.port, head);
    expect(answer).toContain('413 Payload Too Large');
    expect(answer).toContain('TOO_LARGE');
  });

  // A hundred connections with five hundred requests each, of which none was read, took the heap and the process.
  test('hundreds of requests in one packet, whose answers nobody reads', { timeout: 60_000 }, async () => {
    const request = requestHead(server.port, 'GET /trpc/server.info', []);
    const damage = await server.suffer(async () => {
      const sockets = await Promise.all(Array.from({ length: 100 }, () => open(server.port)));
      const closed = sockets.map((socket) => once(socket, 'close'));
      for (const socket of sockets) socket.resume().write(request.repeat(500));
      await Promise.all(closed);
    });
    expect(damage.peakRssBytes).toBeLessThan(maxRssBytes);
  });

  test('a few requests that are sent before the first is answered are all answered, in order', async () => {
    const paths = ['/healthz', '/trpc/server.info', '/nothing', '/healthz'];
    const last = paths.length - 1;
    const requests = paths.map((path, index) =>
      requestHead(server.port, `GET ${path}`, index === last ? ['Connection: close'] : []),
    );
    const answer = await rawBytes(server.port, requests.join(''));
    expect([...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
      '200',
      '200',
      '404',
      '200',
    ]);
  });

  test('a connection that is kept alive serves as many requests as it likes, one after the other', async () => {
    const socket = await open(server.port);
    for (let count = 0; count < 50; count += 1) {
      socket.write(requestHead(server.port, 'GET /healthz', []));
      const [answer] = (await once(socket, 'data')) as [Buffer];
      expect(answer.toString()).toContain('200 OK');
    }
    socket.destroy();
  });
});

// After other attacks, the answers to fifty such peers took the rest of the heap and the process.
describe('a peer that reads nothing and asks for signs of life', () => {
  test.each([
    ['pings of the greatest size', (socket: WebSocket) => socket.ping(Buffer.alloc(125, 1))],
    ['texts', (socket: WebSocket) => socket.send('PING')],
  ] as const)('by %s has two answers waiting at most', { timeout: 60_000 }, async (_name, ask) => {
    const sent: string[] = [];
    await using api = await startApiServer({
      addRoutes: (app) =>
        void app.server.on('connection', (socket) => {
          const write = socket.write.bind(socket);
          socket.write = (chunk: Buffer, ...rest: never[]) => {
            sent.push(chunk.toString('latin1'));
            return write(chunk, ...rest);
          };
        }),
    });
    await using peer = await connect(api.port);
    const runId = await api.runs.begin();
    await api.runs.say(runId, ...Array.from({ length: 200 }, () => 'x'.repeat(65_536)));
    peer.socket.pause();
    peer.subscribe('runs.events', { runId });
    await settled(() => api.server.unsentBytes);
    expect(api.server.unsentBytes).toBeGreaterThan(200_000);

    const isAnswer = (text: string) => text.includes('PONG') || text.includes('\x01'.repeat(125));
    for (let count = 0; count < 8000; count += 1) {
      ask(peer.socket);
      if (count % 500 === 0) await turn();
    }
    await expect.poll(() => peer.socket.bufferedAmount).toBe(0);
    await settled(() => api.server.unsentBytes);
    const answers = sent.filter(isAnswer).length;
    expect(answers).toBeGreaterThan(0);
    expect(answers).toBeLessThanOrEqual(2);

    // It is heard when it reads, and answered.
    const answered = once(peer.socket, 'pong');
    const said = new Promise((resolve) => {
      peer.socket.on('message', (data: Buffer) => data.toString() === 'PONG' && resolve('PONG'));
    });
    peer.socket.resume();
    await Promise.race([answered, said]);
  });
});

/** The value as soon as it has stayed the same for 40 looks. */
async function settled(valueOf: () => number): Promise<number> {
  let value = valueOf();
  let same = 0;
  const isSettled = () => {
    same = valueOf() === value ? same + 1 : 0;
    value = valueOf();
    return same === 40;
  };
  await until(isSettled, () => `${value} to stay the same`, { intervalMs: 10 });
  return value;
}

async function open(port: number): Promise<Socket> {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

function requestHead(port: number, line: string, headers: readonly string[]): string {
  return [`${line} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...headers, '', ''].join('\r\n');
}

/** Resolves also when the socket is cut. */
function drained(socket: Socket): Promise<unknown> {
  return Promise.race([once(socket, 'drain'), once(socket, 'close')]).catch(() => undefined);
}
