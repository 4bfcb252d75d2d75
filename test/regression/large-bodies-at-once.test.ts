import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { systemClock } from '../../server/runtime/clock.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import type { TurnBudget } from '../../server/runtime/turn-budget.ts';
import { chargeBody } from '../../server/transport/http/body-charge.ts';
import { lingerForBody } from '../../server/transport/http/linger.ts';
import { defaultTransportLimits } from '../../server/transport/limits.ts';

// 300 bodies of the greatest size at once were read in turns of half a second and parsed several in a turn, while each turn
// accepts one connection: `/healthz` was answered after 14 s.

/** Turns that the test gives. */
function createTurns(): TurnBudget & { readonly asked: (() => boolean | void)[] } {
  const asked: (() => boolean | void)[] = [];
  return {
    asked,
    run(task) {
      asked.push(task);
      return true;
    },
    accepted: () => undefined,
  };
}

const bodyBytes = 5_000_000;

/** Sends a request with a large body to a server with this handler. */
async function post(
  handle: (request: IncomingMessage, response: ServerResponse) => void,
  headers: readonly string[] = [`Content-Length: ${bodyBytes}`],
) {
  let request: IncomingMessage | undefined;
  const begun = Promise.withResolvers<void>();
  const server = createServer((incoming, response) => {
    request = incoming;
    handle(incoming, response);
    begun.resolve();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  let received = '';
  socket.on('data', (chunk) => (received += String(chunk)));
  socket.on('error', () => undefined);
  socket.write(['POST / HTTP/1.1', 'Host: localhost', ...headers, '', ''].join('\r\n'));
  const isChunked = headers.some((header) => header.includes('chunked'));
  const body = 'x'.repeat(bodyBytes);
  socket.write(isChunked ? `${bodyBytes.toString(16)}\r\n${body}\r\n0\r\n\r\n` : body);
  await begun.promise;
  return {
    get readBytes() {
      return request?.socket.bytesRead ?? 0;
    },
    get received() {
      return received;
    },
    async [Symbol.asyncDispose]() {
      socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Waits as long as something is read. */
async function rest(sent: { readonly readBytes: number }): Promise<number> {
  let before = -1;
  for (let count = 0; count < 100 && before !== sent.readBytes; count += 1) {
    before = sent.readBytes;
    // Silence is observed: what may be read comes in less.
    await pause(100);
  }
  return before;
}

test.each([
  ['with its length', [`Content-Length: ${bodyBytes}`], 1_000_000],
  ['in chunks', ['Transfer-Encoding: chunked'], 3_000_000],
])(
  'a large body %s is read in several turns, and parsed in one of its own',
  async (_how, headers, mostAtFirst) => {
    const turns = createTurns();
    const account = createMemoryAccount(memoryLimitsOf(1_000_000_000));
    const parsed = { may: false };
    await using sent = await post((request, response) => {
      const options = { account, clock: systemClock, limits: defaultTransportLimits, turns };
      void chargeBody(request, response, options)?.then(() => {
        parsed.may = true;
      });
      request.on('data', () => undefined);
    }, headers);
    const readBytes = [await rest(sent)];
    expect(readBytes[0]).toBeLessThan(mostAtFirst);
    while (turns.asked.length > 0 && !parsed.may) {
      expect(turns.asked).toHaveLength(1);
      turns.asked.shift()?.();
      readBytes.push(await rest(sent));
      // All of it has been read one turn before.
      if (parsed.may) expect(readBytes.at(-2)).toBeGreaterThan(bodyBytes);
    }
    expect(parsed.may).toBe(true);
    expect(readBytes.length).toBeGreaterThanOrEqual(4);
    const steps = readBytes.slice(1).map((bytes, index) => bytes - (readBytes[index] ?? 0));
    expect(Math.max(...steps)).toBeLessThan(3_000_000);
  },
);

test('the rest of a rejected body is read in turns too, and its connection is not idle while it waits', async () => {
  const turns = createTurns();
  const limits = { ...defaultTransportLimits, lingerMs: 300 };
  await using sent = await post((request, response) => {
    lingerForBody(request, response, { clock: systemClock, limits, turns });
    response.writeHead(503).end('no');
  });
  expect(await rest(sent)).toBeLessThan(1_000_000);
  expect(sent.received).toContain('503');
  // Longer than the connection may be idle.
  await pause(1000);
  let given = 0;
  for (; turns.asked.length > 0; given += 1) {
    turns.asked.shift()?.();
    await rest(sent);
  }
  expect(sent.readBytes).toBeGreaterThan(bodyBytes);
  expect(given).toBeGreaterThanOrEqual(2);
});

test('a body that waits for its turn has not stalled', async () => {
  const turns = createTurns();
  const account = createMemoryAccount(memoryLimitsOf(1_000_000_000));
  const limits = { ...defaultTransportLimits, messageIdleMs: 50 };
  await using sent = await post((request, response) => {
    void chargeBody(request, response, { account, clock: systemClock, limits, turns });
    request.on('data', () => undefined);
  });
  await rest(sent);
  turns.asked.shift()?.();
  await rest(sent);
  // Longer than a body may stall.
  await pause(300);
  expect(sent.received).toBe('');
});
