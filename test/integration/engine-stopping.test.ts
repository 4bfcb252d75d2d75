import { expect, test } from 'vitest';
import { createEngine, settle, typesOf } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

/** Enough for all that waits for promises only: no turn of the clock, so no append is committed. */
async function tick(): Promise<void> {
  for (let count = 0; count < 30; count += 1) await Promise.resolve();
}

test('a stop aborts the call, writes its output so far, and ends when the call has', async () => {
  const provider = createScriptedProvider({ ignoresAbort: true });
  const engine = createEngine({ provider, abortGraceMs: 250 });
  const runId = await engine.start({ pipeline: { roles: ['architect'] } });
  provider.call.say('first ');
  await tick();
  let isStopped = false;
  const stopping = engine.supervisor.stop().then(() => {
    isStopped = true;
  });
  provider.call.say('last');
  await engine.clock.runTurns();
  expect(provider.call.signal.aborted).toBe(true);
  expect(isStopped).toBe(false);
  await engine.clock.advance(250);
  await stopping;
  expect(await engine.state(runId)).toMatchObject({
    status: 'running',
    stages: [{ attempts: [{ status: 'running', text: 'first last' }] }],
  });
});

test('output that came before a command is written before it, in its append', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start({ pipeline: { roles: ['architect'] } });
  provider.call.say('first ');
  await tick();
  const accepted = engine.command({ runId, kind: 'cancel', target: 'stage', expect: 'any' });
  await tick();
  provider.call.say('last');
  await tick();
  await settle(engine.clock, accepted);
  const events = await engine.events(runId);
  const types = typesOf(events);
  expect(types.slice(types.indexOf('stage.delta')).slice(0, 2)).toEqual(['stage.delta', 'command.accepted']);
  const last = events.find((event) => event.type === 'stage.delta' && event.text === 'last');
  expect(last?.seq).toBe((events.find(({ type }) => type === 'command.accepted')?.seq ?? 0) - 1);
});

test('a stop aborts the call of a stage that begins meanwhile, and waits for it', async () => {
  const provider = createScriptedProvider({ ignoresAbort: true });
  const engine = createEngine({ provider, abortGraceMs: 250 });
  await engine.start({ pipeline: { roles: ['architect', 'coder'] } });
  provider.call.say('a plan');
  await tick();
  let isStopped = false;
  const stopping = engine.supervisor.stop().then(() => {
    isStopped = true;
  });
  provider.call.finish();
  await engine.clock.runTurns();
  expect(provider.calls.map(({ signal }) => signal.aborted)).toEqual([false, true]);
  expect(isStopped).toBe(false);
  await engine.clock.advance(250);
  await stopping;
});
