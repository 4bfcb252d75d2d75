import { connect as connectTcp } from 'node:net';
import { jsonValue, sample } from 'fast-check';
import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { upgradeRequest } from '../support/raw-request.ts';

test.each([
  ['not JSON', '{"id":'],
  ['a number', '7'],
  ['null', 'null'],
  ['an empty object', '{}'],
  ['an empty batch', '[]'],
  ['a method that is none', '{"id":1,"method":"delete","params":{"path":"x"}}'],
  ['no path', '{"id":1,"method":"query","params":{}}'],
  ['no id', '{"id":null,"method":"query","params":{"path":"server.info"}}'],
  [
    'a lastEventId that is no text',
    '{"id":1,"method":"subscription","params":{"path":"runs.feed","lastEventId":7}}',
  ],
])('a message without a meaning is told, and the socket stays usable: %s', async (_what, message) => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  bot.send(message);

  expect((await bot.next(null)).error?.data.stagewire).toEqual({ code: 'INVALID_INPUT', retryable: false });
  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
  expect(api.defects).toEqual([]);
});

test('a binary message is told too', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  bot.socket.send(Buffer.from('{"id":1,"method":"query","params":{"path":"server.info"}}'));

  expect((await bot.next(null)).error?.data.stagewire.code).toBe('INVALID_INPUT');
});

test.each([
  ['one byte each', () => 'x'],
  ['random JSON', (index: number) => JSON.stringify(sample(jsonValue(), { numRuns: 1, seed: index })[0])],
  ['calls of nothing', (index: number) => `{"id":${index},"method":"query","params":{"path":"x"}}`],
  ['empty batches', () => '[]'],
])(
  'a flood of 10,000 messages is cut off with 4429, its answers shorter than itself: %s',
  async (_what, make) => {
    await using api = await startApiServer();
    await using bot = await connect(api.port);
    await using neighbour = await connect(api.port);
    const messages = Array.from({ length: 10_000 }, (_, index) => make(index));

    for (const message of messages) bot.send(message);

    expect(await bot.closed).toMatchObject({ code: 4429 });
    expect(bot.frames.filter((frame) => frame.id === null).length).toBeLessThanOrEqual(8);
    const sentBytes = messages.reduce((sum, message) => sum + message.length + 6, 0);
    expect(bot.receivedBytes).toBeLessThanOrEqual(2 * sentBytes);
    expect(await neighbour.call('query', 'server.info')).toHaveProperty('result');
  },
);

test('a client that errs now and then is never closed for it', async () => {
  await using api = await startApiServer({ limits: { maxMalformed: 3 } });
  await using bot = await connect(api.port);

  for (let index = 0; index < 3; index += 1) {
    bot.send('{');
    await bot.next(null);
  }
  // Refused inputs are no flood, however many: they have a meaning.
  for (let index = 0; index < 20; index += 1) {
    expect((await bot.call('query', 'runs.get', {})).error?.data.stagewire.code).toBe('INVALID_INPUT');
  }
  expect(bot.socket.readyState).toBe(bot.socket.OPEN);
});

test('a batch far beyond the limit gets one short answer, not one for each of its calls', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const call = '{"id":1,"method":"query","params":{"path":""}}';

  bot.send(`[${Array(20_000).fill(call).join(',')}]`);

  expect((await bot.next(null)).error?.data.stagewire.code).toBe('INVALID_INPUT');
  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
  expect(bot.receivedBytes).toBeLessThan(1000);
});

test('a message over the limit closes its connection with 1009, and nothing else', async () => {
  await using api = await startApiServer({ limits: { maxMessageBytes: 10_000 } });
  await using bot = await connect(api.port);
  await using neighbour = await connect(api.port);

  bot.send({
    id: 1,
    method: 'mutation',
    params: { path: 'runs.start', input: { task: 'x'.repeat(10_000) } },
  });

  expect(await bot.closed).toMatchObject({ code: 1009 });
  expect(await neighbour.call('query', 'server.info')).toHaveProperty('result');
});

test('the biggest legal start fits, written by a client that escapes every character', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const escaped = '\\u65e5'.repeat(200_000);
  const files = [1, 2, 3, 4, 5].map((index) => `{"path":"file-${index}.txt","text":"${escaped}"}`).join(',');
  const task = '\\u65e5'.repeat(100_000);
  const instructions = ['all', 'architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter']
    .map((role) => `"${role}":"${'\\u65e5'.repeat(20_000)}"`)
    .join(',');

  bot.send(
    `{"id":1,"method":"mutation","params":{"path":"runs.start","input":{"task":"${task}","files":[${files}],"instructions":{${instructions}}}}}`,
  );

  expect(await bot.next(1)).toHaveProperty('result');
});

test.each([
  ['reserved bits', Buffer.from([0xf1, 0x80, 0, 0, 0, 0])],
  ['an unmasked frame', Buffer.from([0x81, 0x01, 0x78])],
  ['131,000 fragments of one byte', Buffer.concat(fragments(131_000))],
])('a connection with bad frames ends, the process does not: %s', async (_what, frames) => {
  await using api = await startApiServer();

  await new Promise<void>((resolve) => {
    const socket = connectTcp(api.port, '127.0.0.1', () => {
      socket.write(upgradeRequest(api.port, '/trpc'));
      socket.write(frames);
    });
    socket.resume();
    socket.on('error', () => undefined);
    socket.once('close', () => resolve());
  });

  await using bot = await connect(api.port);
  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
  expect(api.defects).toEqual([]);
});

test('a text PING is answered', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  bot.send('PING');
  await bot.call('query', 'server.info');

  expect(bot.texts).toEqual(['PONG']);
});

/** A message in pieces that never ends. */
function fragments(count: number): Buffer[] {
  const mask = [0, 0, 0, 0];
  return Array.from({ length: count }, (_, index) =>
    Buffer.from([index === 0 ? 0x01 : 0x00, 0x81, ...mask, 0x78]),
  );
}
