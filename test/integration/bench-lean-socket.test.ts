import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { openLeanSocket } from '../bench/lean-socket.ts';

test('a lean socket reads nothing, sips, or reads all there is, and loses no message by it', async () => {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const accepted = once(server, 'connection');
  const heard: string[] = [];
  const socket = await openLeanSocket((server.address() as AddressInfo).port, '/', (text) =>
    heard.push(text),
  );
  try {
    const [peer] = (await accepted) as [{ send(text: string): void }];
    const texts = Array.from({ length: 200 }, (_, index) => String(index).padEnd(10_000, '.'));
    socket.readAt(0);
    for (const text of texts) peer.send(text);
    // Silence is observed: no event says that nothing is read.
    await sleep(150);
    expect(socket.receivedBytes).toBe(0);

    socket.readAt(20_000);
    await expect.poll(() => socket.receivedBytes).toBeGreaterThan(2000);
    expect(socket.receivedBytes).toBeLessThan(200_000);

    socket.readAt(0);
    const before = socket.receivedBytes;
    // Silence is observed, as above.
    await sleep(150);
    expect(socket.receivedBytes).toBe(before);

    socket.readAt(Infinity);
    await expect.poll(() => heard.length).toBe(texts.length);
    expect(heard).toEqual(texts);
  } finally {
    socket.close();
    server.close();
  }
});
