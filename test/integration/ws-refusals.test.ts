import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { startApiServer } from '../support/api-server.ts';
import { connect } from '../support/bare-socket.ts';

const commandId = '6f1e0d6e-94a1-4a43-8d3c-6c6a2f0f3a11';

test.each([
  ['garbage', 'nonsense'],
  ['an empty one', ''],
  ['one ahead of the log', '1-999-55a2b28f'],
  ['one of another epoch', '2-1-55a2b28f'],
  ['one of another run', '1-1-00000000'],
  ['a negative one', '1--1-55a2b28f'],
  ['a cursor of the feed', 'feed-1'],
  ['a megabyte', 'x'.repeat(1_000_000)],
])(
  'a cursor that is no position of the run is told, and the socket stays usable: %s',
  async (_what, cursor) => {
    await using api = await startApiServer();
    await using bot = await connect(api.port);
    const runId = await api.runs.begin({ runId: 'run_pinned-0001' });

    const refused = await bot.next(bot.subscribe('runs.events', { runId }, cursor));

    expect(refused.error?.data.stagewire).toEqual({ code: 'CURSOR_INVALID', retryable: false });
    expect(JSON.stringify(refused).length).toBeLessThan(600);
    expect(await bot.call('query', 'runs.get', { runId })).toMatchObject({ result: { data: { runId } } });
  },
);

test('a run of somebody else looks exactly like a missing one, and a removed one is told apart', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  await api.runs.begin({ runId: 'run_of-another-1', owner: 'another' });
  await api.runs.begin({ runId: 'run_removed-0001' });
  await api.runs.finish('run_removed-0001');
  await api.log.remove('run_removed-0001');
  const refusalOf = async (runId: string) => {
    const { error } = await bot.next(bot.subscribe('runs.events', { runId }));
    return JSON.stringify(error).replaceAll(runId, 'ID');
  };

  expect(await refusalOf('run_of-another-1')).toBe(await refusalOf('run_missing-0001'));
  expect(await refusalOf('run_missing-0001')).toContain('RUN_NOT_FOUND');
  expect(await refusalOf('run_removed-0001')).toContain('RUN_EXPIRED');
});

test('a batch over the limit is refused call by call, none of it runs', async () => {
  await using api = await startApiServer({ limits: { maxBatchSize: 4, maxSubscriptions: 3 } });
  await using bot = await connect(api.port);
  const start = (id: number) => ({
    id,
    method: 'mutation',
    params: { path: 'runs.start', input: { task: 't' } },
  });

  bot.send([1, 2, 3, 4, 5].map(start));

  for (const id of [1, 2, 3, 4, 5]) {
    expect((await bot.next(id)).error?.data.stagewire.code).toBe('INVALID_INPUT');
  }
  expect(await api.log.lastGlobalPosition()).toBe(0);
});

test.each<[string, string, 'query' | 'mutation', string, unknown, object]>([
  [
    'an unknown field is named',
    'INVALID_INPUT',
    'mutation',
    'runs.start',
    { task: 't', budget: 5 },
    { issues: [{ field: 'budget', message: 'unknown field' }] },
  ],
  [
    'an unknown field inside a union is named',
    'INVALID_INPUT',
    'mutation',
    'runs.steer',
    { runId: 'run_missing-0001', commandId, text: 't', expect: { stage: 1, phase: 2 } },
    { issues: [{ field: 'expect.phase', message: 'unknown field' }] },
  ],
  [
    'a missing field is named',
    'INVALID_INPUT',
    'query',
    'runs.get',
    {},
    { issues: [{ field: 'runId', message: expect.stringContaining('expected string') }] },
  ],
  ['a text over its limit', 'TOO_LARGE', 'mutation', 'runs.start', { task: 't'.repeat(100_001) }, {}],
  ['a number over its limit', 'INVALID_INPUT', 'query', 'runs.list', { limit: 1000 }, {}],
  ['a token of its own making', 'INVALID_INPUT', 'query', 'runs.list', { before: 'page-2' }, {}],
  ['an unknown procedure', 'UNKNOWN_PROCEDURE', 'query', 'runs.destroy', {}, {}],
  ['a procedure called as another kind', 'UNKNOWN_PROCEDURE', 'query', 'runs.start', { task: 't' }, {}],
  ['a name that every object has', 'UNKNOWN_PROCEDURE', 'query', 'constructor', {}, {}],
  ['the prototype', 'UNKNOWN_PROCEDURE', 'query', '__proto__', {}, {}],
])('refuses with a code of the protocol: %s', async (_what, code, method, path, input, details) => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);

  const { error } = await bot.call(method, path, input);

  expect(error?.data.stagewire).toMatchObject({ code, retryable: false });
  expect(error?.data.stagewire.details ?? {}).toMatchObject(details);
  expect(Object.keys(error?.data ?? {}).toSorted()).not.toContain('stack');
  expect(api.defects).toEqual([]);
});

test('a refusal of the runs comes with its code, details and tRPC code', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  api.runs.refuseNext(
    new StagewireError('STAGE_MISMATCH', 'the stage is another', {
      details: { expected: 'any', actual: null },
    }),
  );

  const { error } = await bot.call('mutation', 'runs.cancel', { runId, commandId, target: 'run' });

  expect(error).toEqual({
    message: 'the stage is another',
    code: -32012,
    data: {
      code: 'PRECONDITION_FAILED',
      httpStatus: 412,
      path: 'runs.cancel',
      stagewire: { code: 'STAGE_MISMATCH', retryable: false, details: { expected: 'any', actual: null } },
    },
  });
});

test('a defect of the server is reported to the operator, and the client learns nothing of its inside', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  const defect = new TypeError('cannot read /etc/stagewire/key sk-secret');
  api.runs.refuseNext(defect);

  const { error } = await bot.call('mutation', 'runs.start', { task: 't' });

  expect(error?.data.stagewire).toEqual({ code: 'INTERNAL', retryable: true });
  expect(JSON.stringify(error)).not.toMatch(/secret|etc|TypeError|\.ts/);
  expect(api.defects).toEqual([defect]);
});

test('a subscription over the cap is refused, and one that ends makes room for another', async () => {
  await using api = await startApiServer({ limits: { maxSubscriptions: 2 } });
  await using bot = await connect(api.port);
  const runId = await api.runs.begin();
  const first = bot.subscribe('runs.events', { runId });
  await bot.next(first);
  await bot.next(bot.subscribe('runs.feed', {}));

  const refused = await bot.next(bot.subscribe('runs.feed', {}));
  expect(refused.error?.data.stagewire).toEqual({
    code: 'OVERLOADED',
    retryable: true,
    details: { maxSubscriptions: 2 },
  });
  bot.send({ id: first, method: 'subscription.stop' });
  await bot.until(first, 'stopped');

  expect(await bot.next(bot.subscribe('runs.feed', {}))).toMatchObject({ result: { type: 'started' } });
});

test('subscriptions that are refused take no room', async () => {
  await using api = await startApiServer({ limits: { maxSubscriptions: 1 } });
  await using bot = await connect(api.port);

  for (let index = 0; index < 3; index += 1) {
    const refused = await bot.next(bot.subscribe('runs.events', { runId: 'run_missing-0001' }));
    expect(refused.error?.data.stagewire.code).toBe('RUN_NOT_FOUND');
  }
});

test('a log that cannot be read is told as such', async () => {
  await using api = await startApiServer();
  await using bot = await connect(api.port);
  await api.log.close();

  const { error } = await bot.call('query', 'runs.list', {});

  expect(error?.data.stagewire).toEqual({ code: 'LOG_UNAVAILABLE', retryable: true });
  expect(api.defects).toEqual([]);
});
