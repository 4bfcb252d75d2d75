import { randomUUID } from 'node:crypto';
import type { ServerInfo } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { startOwnersApp, type OwnersCaller } from '../support/owners-app.ts';
import { until } from '../support/until.ts';

const ann = { owners: ['ann'] };
const bob = { owners: ['bob'] };
const admin: OwnersCaller = { owners: ['root'], permissions: ['admin'] };
const slow = { models: { default: 'rehearsal/tps=1,ttft=0,chars=2000' }, pipeline: { roles: ['coder'] } };

const open = (env: Readonly<Record<string, string>>) => startOwnersApp(['ann', 'bob'], { env });
type App = Awaited<ReturnType<typeof open>>;
const start = async (app: App, from: OwnersCaller, input: object = {}) => {
  const { status, error, data } = await app.call('runs.start', from, { task: 'Build it', ...input });
  return { status, data, details: error?.data.stagewire.details, code: error?.data.stagewire.code };
};
const infoOf = async (app: App, from: OwnersCaller) => {
  const response = await fetch(`${app.url}/trpc/server.info`, {
    headers: { 'x-caller': JSON.stringify(from) },
  });
  return ((await response.json()) as { result: { data: ServerInfo } }).result.data;
};

test('a start above the rate of its owner is rejected, and the repetition of an accepted one is not', async () => {
  await using app = await open({ STAGEWIRE_OWNER_STARTS_PER_MINUTE: '1' });
  const first = await start(app, ann, { runId: 'run_of-ann-00001' });
  const details = {
    limit: 'startsPerMinute',
    scope: 'owner',
    max: 1,
    retryAfterMs: expect.any(Number) as number,
  };
  expect(await start(app, ann)).toMatchObject({ status: 503, code: 'OVERLOADED', details });
  expect(await start(app, ann, { runId: 'run_of-ann-00001' })).toEqual(first);
  // The owner of the run counts, not the caller.
  expect(await start(app, admin, { owner: 'ann' })).toMatchObject({ details });
  expect((await start(app, bob)).status).toBe(200);
  expect((await infoOf(app, ann)).quotas).toEqual([{ limit: 'startsPerMinute', max: 1, used: 1 }]);
  expect((await infoOf(app, { owners: ['carl'] })).quotas).toEqual([
    { limit: 'startsPerMinute', max: 1, used: 0 },
  ]);
});

test('when the tokens of the day are used up, starts are rejected and running runs go to their end', async () => {
  await using app = await open({ STAGEWIRE_OWNER_TOKENS_PER_DAY: '1' });
  const one = await start(app, ann, { runId: 'run_of-ann-00001' });
  expect(one.status).toBe(200);
  const statusOf = async (runId: string) =>
    ((await app.call('runs.get', ann, { runId })).data as unknown as { status: string }).status;
  await until(async () => (await statusOf('run_of-ann-00001')) === 'completed', 'the end of the run', {
    timeoutMs: 20_000,
  });
  expect(await start(app, ann)).toMatchObject({
    code: 'OVERLOADED',
    details: { limit: 'tokensPerDay', max: 1 },
  });
  expect((await start(app, bob)).status).toBe(200);
  await app.call('runs.delete', ann, { runId: 'run_of-ann-00001' });
  expect(await start(app, ann)).toMatchObject({ details: { limit: 'tokensPerDay' } });
});

test('runs above the limit of running runs wait, and starts above that of queued runs are rejected', async () => {
  await using app = await open({ STAGEWIRE_OWNER_MAX_RUNNING: '1', STAGEWIRE_OWNER_MAX_QUEUED: '1' });
  const runId = 'run_of-ann-00001';
  expect((await start(app, ann, { ...slow, runId })).status).toBe(200);
  expect((await start(app, ann, slow)).status).toBe(200);
  expect(await start(app, ann, slow)).toMatchObject({
    details: { limit: 'queuedRuns', scope: 'owner', max: 1 },
  });
  expect((await start(app, bob, slow)).status).toBe(200);
  const quotas = [
    { limit: 'runningRuns', max: 1, used: 1 },
    { limit: 'queuedRuns', max: 1, used: 1 },
  ];
  expect((await infoOf(app, ann)).quotas).toEqual(quotas);
  await app.call('runs.cancel', ann, { runId, commandId: randomUUID(), target: 'run' });
  await until(async () => (await start(app, ann, slow)).status === 200, 'a place in the queue', {
    timeoutMs: 20_000,
  });
});

test('connections are counted by owner, and released when they are closed', async () => {
  await using app = await open({ STAGEWIRE_OWNER_MAX_CONNECTIONS: '2' });
  const idle = [await app.open(ann), await app.open(ann)];
  const rejected = async () => (await app.call('runs.list', ann)).error?.data.stagewire;
  const details = { limit: 'connections', scope: 'owner', max: 2, retryAfterMs: 5000 };
  await until(async () => (await rejected()) !== undefined, 'the connections to count', {
    timeoutMs: 20_000,
  });
  expect(await rejected()).toMatchObject({ code: 'OVERLOADED', details });
  expect((await app.call('runs.list', bob)).status).toBe(200);
  for (const { socket } of idle) socket.close();
  await until(async () => (await rejected()) === undefined, 'the connections to be released', {
    timeoutMs: 20_000,
  });
});
