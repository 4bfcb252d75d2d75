import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { allPermissions } from '../../server/identity/principal.ts';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';
import { rawRequest } from '../support/raw-request.ts';

const withParams = { query: '?connectionParams=1' };
const info = { id: 1, method: 'query', params: { path: 'server.info' } };

test('a peer that says nothing of itself is served', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  expect(await bot.call('query', 'server.info')).toMatchObject({ result: { data: { protocolVersion: 2 } } });
});

test('a client of the same protocol is served; another contract is only a line in the log', async () => {
  await using api = await startApiServer();
  await using same = await connect(api.port, withParams);
  await using other = await connect(api.port, withParams);

  same.send(params({ protocol: '2', contract: 'hash-of-the-test', client: 'test' }));
  expect(await same.call('query', 'server.info')).toHaveProperty('result');
  expect(api.logged).toEqual([]);

  other.send(params({ protocol: '2', contract: 'another', client: 'test' }));
  expect(await other.call('query', 'server.info')).toHaveProperty('result');
  expect(api.logged).toEqual(['a client was built from another contract version']);
});

test('another protocol: every call is told, both versions are named, then 4409', async () => {
  await using api = await startApiServer({ limits: { refusalGraceMs: 50 } });
  await using bot = await connect(api.port, withParams);

  bot.send(params({ protocol: '1' }));
  bot.send([info, { ...info, id: 2, method: 'subscription', params: { path: 'runs.feed', input: {} } }]);

  for (const id of [1, 2]) {
    const { error } = await bot.next(id);
    expect(error?.data.stagewire).toEqual({
      code: 'PROTOCOL_MISMATCH',
      retryable: false,
      details: { server: '2', client: '1' },
    });
  }
  expect(await bot.closed).toEqual({ code: 4409, reason: 'PROTOCOL_MISMATCH' });
});

test('over HTTP another protocol is status 412', async () => {
  await using api = await startApiServer();
  const said = encodeURIComponent(JSON.stringify({ protocol: '0' }));

  const answer = await rawRequest(api.port, { path: `/trpc/server.info?connectionParams=${said}` });

  expect(answer.status).toBe(412);
  expect(answer.body).toContain('PROTOCOL_MISMATCH');
});

test.each([
  ['UNAUTHENTICATED', 4401],
  ['FORBIDDEN', 4403],
] as const)('who is refused as %s is told at each call, then closed with %i', async (code, closeCode) => {
  await using api = await startApiServer({
    limits: { refusalGraceMs: 50 },
    identify: () => {
      throw new StagewireError(code, 'no');
    },
  });
  await using bot = await connect(api.port);

  expect((await bot.call('query', 'runs.list', {})).error?.data.stagewire.code).toBe(code);
  expect(await bot.closed).toMatchObject({ code: closeCode });
});

test('whom the server identifies is who asks', async () => {
  await using api = await startApiServer({
    identify: (request) => {
      const owner = String(request.headers['x-owner']);
      return { actor: { id: owner, kind: 'bot' }, owner, permissions: allPermissions };
    },
  });
  await api.runs.begin({ runId: 'run_of-ada-0001', owner: 'ada' });
  const ask = async (owner: string) => {
    await using bot = await connect(api.port, { client: { headers: { 'x-owner': owner } } });
    return await bot.call('query', 'runs.get', { runId: 'run_of-ada-0001' });
  };

  expect(await ask('ada')).toMatchObject({ result: { data: { owner: 'ada' } } });
  expect((await ask('bob')).error?.data.stagewire.code).toBe('RUN_NOT_FOUND');
});

test('an identification that fails is reported, and told as INTERNAL', async () => {
  await using api = await startApiServer({
    identify: () => Promise.reject(new Error('sk-secret')),
    limits: { refusalGraceMs: 50 },
  });
  await using bot = await connect(api.port);

  const { error } = await bot.call('query', 'server.info');

  expect(error?.data.stagewire.code).toBe('INTERNAL');
  expect(JSON.stringify(error)).not.toContain('secret');
  expect(api.logged).toContain('could not find out who asks');
});

test('who announces parameters and stays silent is closed with 4408', async () => {
  await using api = await startApiServer({ limits: { authenticationDeadlineMs: 50 } });
  await using silent = await connect(api.port, withParams);
  await using pinging = await connect(api.port, withParams);
  pinging.send('PING');

  expect(await silent.closed).toMatchObject({ code: 4408 });
  expect(await pinging.closed).toMatchObject({ code: 4408 });
});

test('the deadline is over once the parameters have come', async () => {
  await using api = await startApiServer({ limits: { authenticationDeadlineMs: 50 } });
  await using bot = await connect(api.port, withParams);
  bot.send(params({ protocol: '2' }));
  // It came later, so when its deadline is over the other's would be too.
  await using silent = await connect(api.port, withParams);

  await silent.closed;

  expect(await bot.call('query', 'server.info')).toHaveProperty('result');
});

test('parameters that are none are refused and the connection ends', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port, withParams);

  bot.send(params({ protocol: 1 }));

  expect((await bot.next(null)).error?.data.stagewire.code).toBe('INVALID_INPUT');
  await bot.closed;
});

function params(data: object): object {
  return { method: 'connectionParams', data };
}
