import { expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { ProviderFailure } from '../../server/providers/provider.ts';
import { usageOf } from '../../server/providers/usage.ts';
import { createEngine, settle, typesOf } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// An event that does not fit its schema fails its run. Where the failure itself could not be recorded either, the
// owner gave up: the run stayed live in the log, with followers that got nothing any more, and refused every command
// as if the server were about to stop.

const impossible = { inputTokens: 1e300, outputTokens: 1, reasoningTokens: 0, source: 'final' } as const;

test('a run fails whose provider tells more tokens than a number can count', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start();
  provider.call.use(impossible);
  provider.call.answer('Done.');
  await engine.clock.runTurns();
  const state = await engine.state(runId);
  expect(state).toMatchObject({ status: 'failed', failure: { code: 'INTERNAL' } });
  expect(endingsOf(await engine.events(runId))).toEqual(['stage.failed', 'run.failed']);
});

test('a run whose failure meets a log that fails has it recorded when the log works again', async () => {
  const clock = createFakeClock();
  let isFull = false;
  const beforeCommit = () => {
    if (isFull) throw new Error('disk full');
  };
  const log = createFallibleLog({ clock, beforeCommit });
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log });
  const runId = await engine.start();
  provider.call.say('Done.');
  await clock.runTurns();
  isFull = true;
  provider.call.use(impossible);
  provider.call.finish();
  await clock.runTurns();
  expect(engine.supervisor.heartbeat(runId)).toMatchObject({ type: 'run.waiting', phase: 'log' });
  isFull = false;
  await clock.advance(1000);
  expect(endingsOf(await engine.events(runId))).toEqual(['stage.failed', 'run.failed']);
});

test('what a provider tells beyond all counting is not told at all', () => {
  expect(usageOf({ input: 1e300, output: 2 ** 53, cached: Infinity }, 'final')).toEqual({
    inputTokens: 0,
    outputTokens: 0,
    reasoningTokens: 0,
    source: 'final',
  });
});

function endingsOf(events: readonly DurableEvent[]): string[] {
  return typesOf(events).filter((type) => /^(?:stage|run)\.(?:failed|completed|cancelled)$/.test(type));
}

// Nobody caught it that a call rejects: the process would have ended.
test('a run fails whose call ends with an error that cannot be told', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start();
  provider.call.say('Done.');
  await engine.clock.runTurns();
  const untold = Object.create(ProviderFailure.prototype, {
    code: {
      get() {
        throw new Error('a defect');
      },
    },
  }) as ProviderFailure;
  provider.call.break(untold);
  await engine.clock.runTurns();
  expect(await engine.state(runId)).toMatchObject({ status: 'failed', failure: { code: 'INTERNAL' } });
  await settle(engine.clock, engine.supervisor.stop());
});
