import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { rawRequest } from '../support/raw-request.ts';

// JSON makes `__proto__` a key like any other; the schemas of records dropped it without a word.
test.each([
  ['labels', '"labels":{"__proto__":"x"}', 'labels.'],
  ['instructions', '"instructions":{"__proto__":"x"}', 'instructions.'],
  ['models', '"models":{"__proto__":"rehearsal"}', 'models.'],
  ['settings of a role', '"settings":{"coder":{"__proto__":{}}}', 'settings.coder.'],
  ['the input itself', '"__proto__":{"labels":{}}', ''],
])('__proto__ as a key of %s is refused by name, on both wires', async (_where, field, path) => {
  await using server = await startApiServer();
  const body = `{"task":"x",${field}}`;
  const headers = { 'content-type': 'application/json' };
  const answer = await rawRequest(server.port, { method: 'POST', path: '/trpc/runs.start', headers, body });
  expect(answer.status).toBe(400);
  expect(JSON.parse(answer.body)).toMatchObject({
    error: {
      data: {
        stagewire: {
          code: 'INVALID_INPUT',
          details: { issues: [{ field: `${path}__proto__`, message: 'unknown field' }] },
        },
      },
    },
  });
  await using socket = await connect(server.port);
  socket.send(`{"id":1,"method":"mutation","params":{"path":"runs.start","input":${body}}}`);
  expect((await socket.next(1)).error?.data.stagewire.code).toBe('INVALID_INPUT');
  expect(await server.log.lastGlobalPosition()).toBe(0);
});

test('a text that says __proto__ is a text', async () => {
  await using server = await startApiServer();
  const body =
    '{"task":"__proto__","labels":{"proto":"__proto__"},"files":[{"path":"__proto__.txt","text":"{}"}]}';
  const headers = { 'content-type': 'application/json' };
  const answer = await rawRequest(server.port, { method: 'POST', path: '/trpc/runs.start', headers, body });
  expect(answer.status).toBe(200);
});

// 9007199254740993 was answered as …992: whoever waited for it waited for ever.
test.each(['9007199254740993', '-9007199254740993', '1e300'])(
  'a number as id that is rounded, %s, is refused',
  async (id) => {
    await using server = await startApiServer();
    await using socket = await connect(server.port);
    socket.send(`{"id":${id},"method":"query","params":{"path":"server.info"}}`);
    const { error } = await socket.next(null);
    expect(error?.data.stagewire.code).toBe('INVALID_INPUT');
  },
);

test.each(['9007199254740991', '0', '-1', '1.5'])(
  'a number as id that is not, %s, is repeated',
  async (id) => {
    await using server = await startApiServer();
    await using socket = await connect(server.port);
    socket.send(`{"id":${id},"method":"query","params":{"path":"server.info"}}`);
    expect((await socket.next(Number(id))).result).toBeDefined();
  },
);
