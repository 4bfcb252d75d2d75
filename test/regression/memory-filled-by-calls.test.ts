import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { startApiServer } from '../support/api-server.ts';
import { connect, type BareSocket } from '../support/bare-socket.ts';

// Thirty-four kilobytes of batches that asked for one long run 512 times took 4.3 GB and the process.

const text = 'x'.repeat(1_000_000);

test('a batch that asks for one long run many times is answered as far as its bound, the rest refused one by one', async () => {
  const account = createMemoryAccount(memoryLimitsOf(60_000_000));
  await using api = await startApiServer({ account, limits: { maxAnswerBytes: 10_000_000 } });
  const runId = await api.runs.begin();
  await api.runs.say(runId, text);
  const url = batchUrl(api.port, 'runs.get', { calls: 64, input: { runId } });
  const answers = (await (await fetch(url)).json()) as readonly { result?: object; error?: object }[];
  const whole = answers.filter(({ result }) => result !== undefined);
  expect(whole.length).toBeGreaterThan(0);
  expect(whole.length).toBeLessThan(8);
  expect(answers.find(({ error }) => error !== undefined)).toMatchObject({
    error: { data: { stagewire: { code: 'TOO_LARGE', retryable: false } } },
  });
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
});

/** A GET of so many calls of one procedure in a batch. */
function batchUrl(
  port: number,
  procedure: string,
  { calls, input }: { calls: number; input: object },
): string {
  const inputs = Object.fromEntries(Array.from({ length: calls }, (_, index) => [index, input]));
  const path = Array.from({ length: calls }, () => procedure).join(',');
  return `http://127.0.0.1:${port}/trpc/${path}?batch=1&input=${encodeURIComponent(JSON.stringify(inputs))}`;
}

// Sixty batches of 64 pages held 200 MB that were counted nowhere, and made every later attack fatal.
test('pages of the list of runs are counted too', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), answers: 500_000 });
  await using api = await startApiServer({ account });
  for (let count = 0; count < 20; count += 1) await api.runs.begin();
  const url = batchUrl(api.port, 'runs.list', { calls: 10, input: { limit: 100 } });
  const answers = (await (await fetch(url)).json()) as readonly { result?: object; error?: object }[];
  expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(4);
  expect(answers.at(-1)).toMatchObject({ error: { data: { stagewire: { code: 'TOO_LARGE' } } } });
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
});

test('the rest of a batch is not made when its peer has gone', async () => {
  const held = Promise.withResolvers<void>();
  const account = createMemoryAccount(memoryLimitsOf(100_000_000));
  await using api = await startApiServer({ account });
  let made = 0;
  const listPage = api.log.listPage.bind(api.log);
  api.log.listPage = async (query) => {
    made += 1;
    if (made === 3) await held.promise;
    return listPage(query);
  };
  const leaving = new AbortController();
  const url = batchUrl(api.port, 'runs.list', { calls: 64, input: {} });
  const asked = fetch(url, { signal: leaving.signal }).catch(() => undefined);
  await expect.poll(() => made).toBe(3);
  leaving.abort();
  await asked;
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
  held.resolve();
  // Silence is observed: a fourth call would have been made by now.
  await pause(200);
  expect(made).toBe(3);
  expect(account.report().total.heldBytes).toBe(0);
});

test('over a WebSocket such a batch is answered one after the other, all of it', async () => {
  const account = createMemoryAccount(memoryLimitsOf(20_000_000));
  await using api = await startApiServer({ account });
  const runId = await api.runs.begin();
  await api.runs.say(runId, text);
  const socket = new WebSocket(`ws://127.0.0.1:${api.port}/trpc`);
  await once(socket, 'open');
  let answered = 0;
  let most = 0;
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      most = Math.max(most, account.report().answers.heldBytes);
      if (data.length > 900_000) answered += 1;
      if (answered === 20) resolve();
    });
  });
  socket.send(
    JSON.stringify(
      Array.from({ length: 20 }, (_, id) => ({
        id,
        method: 'query',
        params: { path: 'runs.get', input: { runId } },
      })),
    ),
  );
  await done;
  expect(most).toBeLessThanOrEqual(5_000_000);
  socket.close();
  await expect.poll(() => account.report().total.heldBytes).toBe(0);
});

// Four hundred sockets with 256 subscriptions each took 800 MB, and a process with a heap of 256 MB.
test('subscriptions beyond the first of a connection are counted, refused when there is no room, and given back', async () => {
  const account = createMemoryAccount({ ...memoryLimitsOf(100_000_000), subscriptions: 20_000 });
  await using api = await startApiServer({ account });
  const runId = await api.runs.begin();
  await using first = await connect(api.port);
  await using second = await connect(api.port);
  const follow = async (peer: BareSocket) =>
    (await peer.next(peer.subscribe('runs.events', { runId }))).error;

  expect([await follow(first), await follow(second), await follow(first), await follow(first)]).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(account.report().subscriptions.heldBytes).toBe(2 * 8192);
  expect((await follow(second))?.data.stagewire).toMatchObject({ code: 'OVERLOADED', retryable: true });
  first.socket.terminate();
  await expect.poll(() => account.report().subscriptions.heldBytes).toBe(0);
  expect(await follow(second)).toBeUndefined();
});
