import { setTimeout as pause } from 'node:timers/promises';
import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { allPermissions } from '../../server/identity/principal.ts';
import { connect } from '../../client/index.ts';
import { startApiServer } from '../support/api-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const runId = 'run_token-00001';
const backoff = { minDelayMs: 1, firstDelayMs: 10, maxDelayMs: 30 };

/** A server that knows every token that begins with `good`. */
function startKnowingServer() {
  return startApiServer({
    heartbeatMs: 200,
    identify(request, params) {
      const token = params?.['token'] ?? request.headers.authorization?.slice(7) ?? '';
      if (!token.startsWith('good'))
        throw new StagewireError('UNAUTHENTICATED', `token ${token} is not known`);
      return { actor: { id: 'ann', kind: 'user' }, owner: 'local', permissions: allPermissions };
    },
  });
}

// The function was never asked again after one refusal: only a reload helped, though somebody had signed in.
test('whoever follows anew after a refusal comes with the token that is valid now', async () => {
  await using server = await startKnowingServer();
  await server.runs.begin({ runId });
  await using link = await startTcpProxy({ targetPort: server.port });
  let session = 'good-1';
  await using client = connect({ url: `http://127.0.0.1:${link.port}`, token: async () => session, backoff });
  const events = client.run(runId).events();
  await events.next();
  session = 'expired';
  link.reset();
  await expect(Array.fromAsync(events)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  expect(client.connection).toMatchObject({ status: 'refused', error: { code: 'UNAUTHENTICATED' } });

  session = 'good-2';
  const { value } = await client.run(runId).events().next();
  expect(value).toMatchObject({ type: 'run.queued' });
  expect(client.connection.status).toBe('open');
  expect(client.connection.error).toBeUndefined();
});

test('a token that was stale once is asked for again at once, and what is followed goes on', async () => {
  await using server = await startKnowingServer();
  await server.runs.begin({ runId });
  await using link = await startTcpProxy({ targetPort: server.port });
  const given: string[] = [];
  let stale = 0;
  const token = () => {
    given.push(stale > 0 ? 'expired' : 'good');
    stale -= 1;
    return given.at(-1) ?? '';
  };
  await using client = connect({ url: `http://127.0.0.1:${link.port}`, token, backoff });
  const run = client.run(runId);
  const others = [client.run(runId).events(), client.run(runId).events()];
  const result = run.result();
  await Promise.all(others.map((events) => events.next()));
  await expect.poll(() => run.state).toBeDefined();
  stale = 1;
  link.reset();
  await expect.poll(() => given.filter((it) => it === 'expired').length).toBe(1);
  await expect.poll(() => client.connection.status).toBe('open');
  await server.runs.finish(runId);
  expect((await result).status).toBe('completed');
});

test('a token that stays refused is not tried for ever', async () => {
  await using server = await startKnowingServer();
  let asked = 0;
  const token = () => {
    asked += 1;
    return 'expired';
  };
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, token, backoff });
  await expect(client.run(runId).events().next()).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
  // Silence is observed: several times as long as the longest wait before a socket.
  await pause(150);
  expect(asked).toBe(2);
});
