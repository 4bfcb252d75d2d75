import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';

const models = { default: 'rehearsal/ttft=60000' };
const newId = () => `run_${crypto.randomUUID()}`;

// A page that shows a run under an id of its own in the turn in which it starts it got RUN_NOT_FOUND, for good.
test('a run that is followed in the turn in which it is started appears', async () => {
  await using server = await startComposedServer();
  await using proxy = await startTcpProxy({ targetPort: server.port });
  await using client = connect({ url: `http://127.0.0.1:${proxy.port}` });
  await client.feed().next();
  // The start goes over a connection of its own, and is slower than the socket.
  proxy.latencyMs = 100;
  const runId = newId();
  const first = client.run(runId).events().next();
  const raw = client.procedures.runs.events({ runId }).next();
  const starting = client.start({ runId, task: 'A stack', models });
  expect((await first).value).toMatchObject({ type: 'run.queued', runId });
  expect((await raw).value).toMatchObject({ type: 'run.queued', runId });
  await (await starting).cancel();
});

test('a run that was started here is found, though the refusal came behind the answer to the start', async () => {
  await using server = await startComposedServer();
  await using client = connect({ url: `http://127.0.0.1:${server.port}` });
  await client.feed().next();
  for (let n = 0; n < 20; n += 1) {
    const runId = newId();
    const first = client.run(runId).events().next();
    const run = await client.start({ runId, task: 'A stack', models });
    expect((await first).value).toMatchObject({ type: 'run.queued' });
    await run.cancel();
  }
});

test('a run whose start is refused is not waited for', async () => {
  await using server = await startComposedServer();
  await using client = connect({ url: `http://127.0.0.1:${server.port}` });
  const runId = newId();
  const first = client.run(runId).events().next();
  const starting = client.start({ runId, task: '' });
  await expect(starting).rejects.toMatchObject({ code: 'INVALID_INPUT' });
  await expect(first).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
});

// 15 of 40 cancels were there first, were refused, and the run went on.
test('a cancel that is given before its start is answered cancels the run', async () => {
  await using server = await startComposedServer();
  await using proxy = await startTcpProxy({ targetPort: server.port });
  await using client = connect({ url: `http://127.0.0.1:${proxy.port}` });
  for (let n = 0; n < 10; n += 1) {
    const runId = newId();
    proxy.latencyMs = n % 2 === 0 ? 40 : 0;
    const starting = client.start({ runId, task: 'A stack', models });
    proxy.latencyMs = 0;
    const cancel = await client.run(runId).cancel();
    expect(await cancel.outcome).toMatchObject({ status: 'applied' });
    expect((await (await starting).snapshot()).status).toBe('cancelled');
  }
});

test('a command that waits for a start can be given up, and one for another run does not wait', async () => {
  await using server = await startComposedServer();
  await using proxy = await startTcpProxy({ targetPort: server.port });
  await using client = connect({ url: `http://127.0.0.1:${proxy.port}`, replyTimeoutMs: 60_000 });
  const other = await client.start({ task: 'B', models });
  proxy.latencyMs = 600_000;
  const runId = newId();
  void client.start({ runId, task: 'A stack', models }).catch(() => {});
  proxy.latencyMs = 0;
  await expect(client.run(runId).cancel({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect((await other.cancel()).receipt.commandId).toBeDefined();
});
