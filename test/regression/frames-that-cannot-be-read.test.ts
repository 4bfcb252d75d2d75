import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { startApiServer } from '../support/api-server.ts';

async function upgraded(port: number) {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `GET /trpc HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
  );
  await once(socket, 'data');
  return socket;
}

const mask = [0x80, 0, 0, 0, 0];

// Seen red without the listener of errors in attach-socket.ts (the process ends), and without its timer (the connection stays).
test.each([
  ['of an unknown kind', [0x8b, ...mask]],
  ['with a reserved bit', [0xc1, ...mask]],
  ['that is not masked', [0x81, 0x01, 0x61]],
  ['that goes on with nothing', [0x80, ...mask]],
  ['that is a ping in pieces', [0x09, ...mask]],
  ['with text that is not UTF-8', [0x81, 0x81, 0, 0, 0, 0, 0xff]],
])(
  'a frame %s ends its connection, also if its peer does not close it, and no other',
  async (_name, bytes) => {
    await using api = await startApiServer({ limits: { terminateAfterMs: 200 } });
    const other = await upgraded(api.port);
    const bad = await upgraded(api.port);
    bad.allowHalfOpen = true;
    bad.write(Buffer.from(bytes));
    await expect.poll(() => api.server.connectionCount, { timeout: 3000 }).toBe(1);
    expect(api.logged).toContain('a socket failed');
    expect(api.defects).toEqual([]);
    const pong = once(other, 'data');
    other.write(Buffer.from([0x89, ...mask]));
    expect((await pong)[0]).toEqual(Buffer.from([0x8a, 0]));
    for (const one of [bad, other]) one.destroy();
  },
);

// Seen red without the listener of errors in begun-messages.ts.
test('what was begun before it is not counted any longer', async () => {
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account, limits: { terminateAfterMs: 30_000 } });
  const socket = await upgraded(api.port);
  socket.allowHalfOpen = true;
  const begun = Buffer.alloc(14 + 500_000);
  begun.set([0x01, 0x80 | 127]);
  begun.writeBigUInt64BE(500_000n, 2);
  socket.write(begun);
  await expect.poll(() => account.report().requests.heldBytes).toBeGreaterThan(400_000);
  socket.write(Buffer.from([0x8b, ...mask]));
  await expect.poll(() => account.report().requests.heldBytes).toBe(0);
  expect(api.server.connectionCount).toBe(1);
  socket.destroy();
});
