import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { allPermissions } from '../../server/identity/principal.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';

/** A server whose callers name themselves in a header; who does not is refused. */
async function startSignedApp() {
  const app = await startApp({
    config: readConfig({
      STAGEWIRE_PORT: '0',
      STAGEWIRE_LOG: 'memory',
      STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200',
    }),
    identify({ headers: { 'x-user': user } }) {
      if (typeof user !== 'string') throw new StagewireError('UNAUTHENTICATED', 'sign in first');
      return { actor: { id: user, kind: 'user' }, owner: user, permissions: allPermissions };
    },
  });
  const call = (path: string, { user, body }: { user?: string | undefined; body?: unknown }) =>
    fetch(`${app.url}${path}`, {
      ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      headers: { 'content-type': 'application/json', ...(user === undefined ? {} : { 'x-user': user }) },
    });
  return { call, [Symbol.asyncDispose]: () => app.close() };
}

test('a program that starts a server says who its callers are', async () => {
  await using app = await startSignedApp();
  const started = await app.call('/trpc/runs.start', { user: 'ada', body: { task: 'Build it' } });
  const { runId } = ((await started.json()) as { result: { data: { runId: string } } }).result.data;
  const get = (user?: string) =>
    app.call(`/trpc/runs.get?input=${encodeURIComponent(JSON.stringify({ runId }))}`, { user });

  expect(await (await get('ada')).json()).toMatchObject({ result: { data: { owner: 'ada' } } });
  expect((await get('bob')).status).toBe(404);
  expect((await get()).status).toBe(401);
});

test('the legacy routes authenticate in the same way', async () => {
  await using app = await startSignedApp();
  const task = { task: 'Build it' };
  const started = await app.call('/api/stream/task', { user: 'ada', body: task });
  const { stream_id: runId } = (await started.json()) as { stream_id: string };
  const events = (user?: string) => app.call(`/api/stream/events/${runId}`, { user });

  expect((await app.call('/api/stream/task', { body: task })).status).toBe(401);
  expect((await events()).status).toBe(401);
  expect((await events('bob')).status).toBe(404);
  const own = await events('ada');
  expect(own.status).toBe(200);
  await own.body?.cancel();
});
