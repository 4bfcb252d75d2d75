import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { bodyOf, createEngine, settle, typesOf } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

/** Two servers over one log; the first takes itself for the only one. */
async function startTwo() {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const [provider, other] = [createScriptedProvider(), createScriptedProvider()];
  const warned: string[] = [];
  const logger = { ...quietLogger, warn: (_: unknown, message: string) => void warned.push(message) };
  const first = createEngine({ provider, clock, log, logger, maxRunningRuns: 1 });
  const runId = await first.start({ pipeline: { roles: ['architect'] } });
  const waiting = await first.start({ pipeline: { roles: ['architect'] } });
  provider.call.say('mine ');
  await clock.runTurns();
  const second = createEngine({ provider: other, clock, log, maxRunningRuns: 1, seed: 2 });
  await settle(clock, second.supervisor.recover());
  await clock.runTurns();
  return { clock, first, second, runId, waiting, provider, other, warned };
}

test('a run that another server has taken over is left to it: its call is aborted, and nothing more is written', async () => {
  const { clock, second, runId, provider, other, warned } = await startTwo();
  expect(typesOf(await second.events(runId)).slice(-3)).toEqual([
    'run.recovered',
    'stage.interrupted',
    'stage.started',
  ]);
  const [call] = provider.calls;
  call?.say('lost');
  await clock.runTurns();
  expect(call?.signal.aborted).toBe(true);
  expect(warned).toEqual(['another executor has taken the run over; this one stops']);
  call?.finish();
  await clock.advance(10_000);

  other.call.say('theirs');
  await clock.runTurns();
  expect(bodyOf((await second.events(runId)).at(-1) ?? expect.fail())).toMatchObject({
    type: 'stage.delta',
    attempt: 2,
    text: 'theirs',
  });
});

test('its place is free for the next run in the queue', async () => {
  const { clock, first, waiting, provider } = await startTwo();
  expect(provider.calls).toHaveLength(1);
  provider.call.say('lost');
  await clock.runTurns();
  expect(provider.calls).toHaveLength(2);
  expect(await first.state(waiting)).toMatchObject({ status: 'running' });
});

test('a command for it is not accepted, and may be sent again', async () => {
  const { clock, first, runId } = await startTwo();
  const command = first.command({ runId, kind: 'cancel', target: 'run' });
  await expect(settle(clock, command)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE', retryable: true });
});
