import { expect, test } from 'vitest';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createEngine, settle } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// The model call of a run that was set aside, since a reader had found it damaged, continued until its next append: minutes
// of a silent model, which are paid.

test('the model call of a run that is set aside ends at once, and the run leaves its place to the next', async () => {
  const provider = createScriptedProvider();
  const account = createMemoryAccount(memoryLimitsOf(1_000_000_000));
  const engine = createEngine({ provider, account, maxRunningRuns: 1 });
  const damaged = await engine.start({ pipeline: { roles: ['architect'] } });
  const next = await engine.start({ pipeline: { roles: ['architect'] } });
  const { signal } = provider.call;
  expect(provider.calls).toHaveLength(1);

  await engine.log.setAside(damaged, 'its event 3 is damaged');
  await engine.clock.runTurns();
  expect(signal.aborted).toBe(true);
  expect(provider.calls).toHaveLength(2);
  await expect(engine.state(damaged)).rejects.toMatchObject({ code: 'RUN_UNREADABLE' });

  provider.call.answer('A plan.');
  await engine.clock.runTurns();
  expect(account.report().runs.heldBytes).toBe(0);
  expect((await settle(engine.clock, engine.state(next))).status).toBe('completed');
});

test('so does one that has written since its last append', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start({ pipeline: { roles: ['architect'] } });
  provider.call.headers();
  provider.call.say('half a ');
  await engine.clock.runTurns();
  provider.call.say('sentence');
  await engine.log.setAside(runId, 'its event 3 is damaged');
  await engine.clock.runTurns();
  expect(provider.call.signal.aborted).toBe(true);
  const cancel = { kind: 'cancel', target: 'run', runId } as const;
  await expect(settle(engine.clock, engine.command(cancel))).rejects.toMatchObject({
    code: 'RUN_UNREADABLE',
  });
});
