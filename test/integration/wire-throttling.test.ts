import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { randomUUID } from 'node:crypto';
import { isEnded } from '@stagewire/shared';
import { expect, onTestFinished, test } from 'vitest';
import { allPermissions } from '../../server/identity/principal.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { until } from '../support/until.ts';
import { chat } from '../support/wire-bodies.ts';

// The real SDK asks a provider on the loopback: all runs have the same key.

const principalOf = (owner: string) =>
  ({ actor: { id: owner, kind: 'user' }, owner, permissions: allPermissions }) as const;

interface ProviderState {
  requests: number;
  inFlight: number;
  mostInFlight: number;
}

/** @param answer of the n-th request, from 1 */
async function scene(
  answer: (response: ServerResponse, request: number) => void,
  maxCallsPerProvider?: number,
) {
  const state: ProviderState = { requests: 0, inFlight: 0, mostInFlight: 0 };
  const models = createServer((request, response) => {
    if (request.method === 'GET') {
      response.end('{"object":"list","data":[]}');
      return;
    }
    state.requests += 1;
    state.inFlight += 1;
    state.mostInFlight = Math.max(state.mostInFlight, state.inFlight);
    response.on('close', () => (state.inFlight -= 1));
    request.resume();
    answer(response, state.requests);
  });
  await new Promise<void>((resolve) => models.listen(0, '127.0.0.1', resolve));
  const server = await startComposedServer({
    env: { COMPATIBLE_BASE_URL: `http://127.0.0.1:${(models.address() as AddressInfo).port}/v1` },
    ...(maxCallsPerProvider === undefined ? {} : { runs: { maxCallsPerProvider } }),
  });
  onTestFinished(async () => {
    await server[Symbol.asyncDispose]();
    models.closeAllConnections();
    models.close();
  });
  const start = async (owner = 'a') => {
    const input = {
      task: 'A queue.',
      models: { default: 'compatible/m' },
      pipeline: { roles: ['architect'] },
    };
    const { runId } = await server.supervisor.start(input, principalOf(owner));
    return runId;
  };
  const stateOf = (runId: string, owner = 'a') => server.supervisor.state(runId, principalOf(owner));
  const hasEnded = async (runId: string, owner?: string) => isEnded(await stateOf(runId, owner));
  return { server, state, start, stateOf, hasEnded };
}

const reject = (response: ServerResponse, headers: Record<string, string> = {}, status = 429) => {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end('{"error":{"message":"Rate limit reached","type":"rate_limit_exceeded"}}');
};
const succeed = (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(chat('A plan.'));
};

test(
  'twenty runs share one pause: one attempt fails, and all runs complete',
  { timeout: 30_000 },
  async () => {
    const { server, start, stateOf, hasEnded, state } = await scene((response, request) =>
      request <= 20 ? reject(response, { 'retry-after': '2' }) : succeed(response),
    );
    const runs = await Promise.all(Array.from({ length: 20 }, () => start()));
    await until(() => state.requests >= 20, 'all calls to be rejected');
    const phases = () =>
      runs.map((runId) => {
        const heartbeat = server.supervisor.heartbeat(runId);
        return heartbeat?.type === 'stage.waiting' ? heartbeat.phase : heartbeat?.type;
      });
    const count = (phase: string) => phases().filter((it) => it === phase).length;
    await until(
      () => count('throttled') === 19 && count('backoff') === 1,
      () => phases().join(),
    );
    const later = await start();
    await until(() => server.supervisor.heartbeat(later) !== undefined, 'the call of the later run to wait');
    expect(server.supervisor.heartbeat(later)).toMatchObject({
      phase: 'throttled',
      retryInMs: expect.any(Number),
    });
    expect(state.requests).toBe(20);

    const all = [...runs, later];
    for (const runId of all) await until(() => hasEnded(runId), `the end of ${runId}`, { timeoutMs: 20_000 });
    const states = await Promise.all(all.map((runId) => stateOf(runId)));
    expect(states.map(({ status }) => status)).toEqual(all.map(() => 'completed'));
    const attempts = states.flatMap(({ stages }) => stages.flatMap((stage) => stage.attempts));
    expect(attempts.filter(({ status }) => status === 'failed')).toHaveLength(1);
    expect(state.requests).toBe(41);
  },
);

test('a call that waits can be cancelled and steered', { timeout: 30_000 }, async () => {
  const { server, start, stateOf, hasEnded, state } = await scene((response, request) =>
    request === 1 ? reject(response, { 'retry-after': '1' }) : succeed(response),
  );
  await start();
  await until(() => state.requests === 1, 'the first call');
  const [cancelled, steered] = [await start(), await start()];
  const phaseOf = (runId: string) => {
    const heartbeat = server.supervisor.heartbeat(runId);
    return heartbeat?.type === 'stage.waiting' ? heartbeat.phase : undefined;
  };
  for (const runId of [cancelled, steered]) {
    await until(() => phaseOf(runId) === 'throttled', 'the call to wait');
  }
  const common = () => ({ commandId: randomUUID() });
  const { supervisor } = server;
  await supervisor.command(
    { ...common(), kind: 'cancel', target: 'run', runId: cancelled },
    principalOf('a'),
  );
  await supervisor.command(
    {
      ...common(),
      kind: 'steer',
      runId: steered,
      text: 'short',
      mode: 'restart',
      expect: 'any',
      scope: 'run',
    },
    principalOf('a'),
  );
  await until(() => hasEnded(cancelled), 'the cancelled run');
  await until(() => hasEnded(steered), 'the steered run');
  expect((await stateOf(cancelled)).status).toBe('cancelled');
  const after = await stateOf(steered);
  expect(after.status).toBe('completed');
  // The attempt that was interrupted while it waited has used nothing.
  expect(after.stages[0]?.attempts[0]).toMatchObject({
    status: 'interrupted',
    usage: { inputTokens: 0, outputTokens: 0 },
  });
});

test('no more calls are in flight than allowed, and owners take turns', { timeout: 30_000 }, async () => {
  const held: ServerResponse[] = [];
  const { start, hasEnded, state, server } = await scene((response) => void held.push(response), 2);
  const many = await Promise.all(Array.from({ length: 12 }, () => start('a')));
  await until(() => held.length === 2, 'two calls in flight');
  const few = await start('b');
  const waits = () => server.supervisor.heartbeat(few);
  await until(() => waits() !== undefined, 'the call of the other owner to wait');
  expect(waits()).toMatchObject({ phase: 'call-queued', ahead: 1 });
  const answerAll = () => {
    for (const response of held.splice(0)) succeed(response);
  };
  const isDone = async () => {
    answerAll();
    return hasEnded(few, 'b');
  };
  await until(isDone, 'the run of the other owner');
  const ended = await Promise.all(many.map((runId) => hasEnded(runId)));
  expect(ended.filter(Boolean).length).toBeLessThan(8);
  const allDone = async () => {
    answerAll();
    return (await Promise.all(many.map((runId) => hasEnded(runId)))).every(Boolean);
  };
  await until(allDone, 'all runs');
  expect(state.mostInFlight).toBe(2);
});
