import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startComposedServer } from '../support/composed-server.ts';

const models = { default: 'rehearsal/ttft=60000' };
/** A `fetch` whose starts are held back for so long: what is asked meanwhile is at the server first. */
function holdingStarts(delayMs: () => number): typeof fetch {
  return async (input, init) => {
    const url = input instanceof Request ? input.url : input.toString();
    // A slow road for the start alone.
    if (url.includes('runs.start')) await pause(delayMs(), undefined, { ref: false });
    return await fetch(input, init);
  };
}

const newId = () => `run_${crypto.randomUUID()}`;

// A page that shows a run under an id of its own in the turn in which it starts it got RUN_NOT_FOUND, for good.
test('a run that is followed in the turn in which it is started appears', async () => {
  await using server = await startComposedServer();
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, fetch: holdingStarts(() => 100) });
  await client.feed().next();
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
  let n = 0;
  const delayMs = () => (n % 2) * 40;
  await using client = connect({ url: `http://127.0.0.1:${server.port}`, fetch: holdingStarts(delayMs) });
  for (; n < 10; n += 1) {
    const runId = newId();
    const starting = client.start({ runId, task: 'A stack', models });
    const cancel = await client.run(runId).cancel();
    expect(await cancel.outcome).toMatchObject({ status: 'applied' });
    expect((await (await starting).snapshot()).status).toBe('cancelled');
  }
});

test('a command that waits for a start can be given up, and one for another run does not wait', async () => {
  await using server = await startComposedServer();
  let delayMs = 0;
  await using client = connect({
    url: `http://127.0.0.1:${server.port}`,
    fetch: holdingStarts(() => delayMs),
  });
  const other = await client.start({ task: 'B', models });
  delayMs = 60_000;
  const runId = newId();
  client.start({ runId, task: 'A stack', models }).catch(() => {});
  await expect(client.run(runId).cancel({ signal: AbortSignal.timeout(50) })).rejects.toMatchObject({
    name: 'TimeoutError',
  });
  expect((await other.cancel()).receipt.commandId).toBeDefined();
});
