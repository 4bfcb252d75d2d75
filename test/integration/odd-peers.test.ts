import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { startAttackedServer, type AttackedServer } from '../support/attacked-server.ts';
import { isUnmeasurable } from '../support/damage-bounds.ts';
import { rawBytes } from '../support/raw-request.ts';

// Requests that no browser and no library sends, to a server with a heap of 256 MB. What each did before is said at each.

/** Of a server with a heap of 256 MB, as the guarantees have it. */
const maxRssBytes = 700_000_000;

describe.skipIf(isUnmeasurable)('a peer whose requests are odd', () => {
  let server: AttackedServer;
  beforeAll(async () => {
    server = await startAttackedServer();
  }, 30_000);
  afterAll(() => server[Symbol.asyncDispose]());

  // The former route read its bodies beside the account: 200 of them took 1.7 GB.
  test.each([
    ['of a known length', 'Content-Length: 8000000', (bytes: number) => Buffer.alloc(bytes, ' ')],
    [
      'in chunks',
      'Transfer-Encoding: chunked',
      (bytes: number) => Buffer.from(`${bytes.toString(16)}\r\n${' '.repeat(bytes)}\r\n`),
    ],
  ] as const)(
    'bodies %s for the former route that stop before their end',
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

  test('a body for the former route that is too long by what its head says is refused unread', async () => {
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

  // After other attacks, the pings of fifty sockets that read nothing took the rest of the heap and the process.
  test.each([
    ['pings of the greatest size', (socket: WebSocket) => socket.ping(Buffer.alloc(125, 1))],
    ['texts that ask for a sign of life', (socket: WebSocket) => socket.send('PING')],
  ] as const)('%s from sockets that read nothing', { timeout: 60_000 }, async (_name, ask) => {
    const damage = await server.suffer(async () => {
      const sockets = await Promise.all(Array.from({ length: 30 }, () => openWebSocket(server.port)));
      for (const socket of sockets) socket.pause();
      for (let round = 0; round < 6; round += 1) {
        for (const socket of sockets) for (let count = 0; count < 1500; count += 1) ask(socket);
        await turn();
      }
      // Nothing that these sockets would be sent says that the server has had its time for it.
      await sleep(1000);
      for (const socket of sockets) socket.terminate();
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

async function openWebSocket(port: number): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/trpc`);
  await once(socket, 'open');
  socket.on('error', () => undefined);
  return socket;
}

async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
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
