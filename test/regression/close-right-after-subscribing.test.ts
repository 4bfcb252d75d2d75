import { describe, expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startContractServer } from '../support/contract-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { within } from '../support/until.ts';

// `close()` between the making of a socket and the microtask in which tRPC begins to listen to it never settled:
// the socket told of its end at once, when nobody heard it. Two microtasks after a subscription began was that moment.
// A little earlier the socket was made by a client that was closed already, and nothing ended it while it opened.

const runId = 'run_close-after-subscribing';
const microtasks = Array.from({ length: 16 }, (_, count) => count);

describe.each(microtasks)('close() %i microtasks after a subscription began', (count) => {
  test('settles, and rejects what was under way', async () => {
    await using server = await startContractServer();
    server.run(runId);
    await expectClosed(server.url, count);
    await expect.poll(() => server.sockets).toBe(0);
  });

  test('settles at once over a link that does not answer', async () => {
    await using server = await startContractServer();
    await using proxy = await startTcpProxy({ targetPort: server.port });
    proxy.blackHole();
    await expectClosed(`http://127.0.0.1:${proxy.port}`, count);
  });

  test('settles where no socket can be made: fetch forbids the port', async () => {
    await expectClosed('http://127.0.0.1:1', count);
  });
});

test('a client closed in the turn of its first subscription opens no socket that stays', async () => {
  await using server = await startContractServer();
  await using proxy = await startTcpProxy({ targetPort: server.port });
  await expectClosed(`http://127.0.0.1:${proxy.port}`, 0);
  await expect.poll(() => proxy.connections).toBe(0);
  expect(server.hellos).toEqual([]);
});

async function expectClosed(url: string, count: number): Promise<void> {
  // So long that a test which waits for one of the client's own deadlines fails.
  const stagewire = connect({ url, openTimeoutMs: 60_000, closeTimeoutMs: 60_000 });
  const result = stagewire.run(runId).result();
  for (let passed = 0; passed < count; passed += 1) await Promise.resolve();
  const closed = stagewire.close();
  await expect(result).rejects.toMatchObject({ code: 'CLOSED' });
  await within(closed, 'the client to be closed', { timeoutMs: 2000 });
}
