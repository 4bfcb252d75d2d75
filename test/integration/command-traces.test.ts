import { describe, expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { createEngine, bodyOf, settle, typesOf, type CommandDraft, type Engine } from '../support/engine.ts';
import { approved, block } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

async function begun() {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start();
  return { provider, engine, runId };
}

const accept = (engine: Engine, draft: CommandDraft) => settle(engine.clock, engine.command(draft));

async function after(engine: Engine, runId: string, type: DurableEvent['type'], nth = 1) {
  const events = await engine.events(runId);
  const indexes = events.flatMap((event, index) => (event.type === type ? [index] : []));
  return events.slice(indexes[nth - 1]);
}

describe('the traces that pin the rules', () => {
  test('a waiting steer, a steer that restarts, and a cancel of the run in a backoff', async () => {
    const { provider, engine, runId } = await begun();
    provider.call.answer('# Plan');
    await engine.clock.runTurns();
    provider.call.say('```ts src/a.ts\n');
    await engine.clock.runTurns();
    const next = await accept(engine, {
      runId,
      kind: 'steer',
      text: 'be brief',
      mode: 'next',
      expect: 'any',
      scope: 'run',
    });
    const steer = await accept(engine, {
      runId,
      kind: 'steer',
      text: 'use Hono',
      mode: 'restart',
      expect: { stage: 2 },
      scope: 'run',
    });
    provider.call.say('import');
    provider.call.fail('PROVIDER_UNAVAILABLE');
    await engine.clock.runTurns();
    const cancel = await accept(engine, { runId, kind: 'cancel', target: 'run' });
    await engine.clock.runTurns();

    const events = await after(engine, runId, 'command.accepted');
    expect(typesOf(events)).toEqual([
      'command.accepted',
      'command.accepted',
      'stage.interrupted',
      'stage.started',
      'command.applied',
      'stage.delta',
      'stage.failed',
      'command.accepted',
      'command.applied',
      'command.dropped',
      'run.cancelled',
    ]);
    const bodies = events.map(bodyOf);
    expect(bodies[2]).toMatchObject({ cause: 'steer', commandIds: [steer.commandId] });
    expect(bodies[3]).toMatchObject({
      stage: 2,
      attempt: 2,
      cause: 'steer',
      keptChars: 0,
      commandIds: [steer.commandId],
    });
    expect(bodies[4]).toEqual({ type: 'command.applied', commandId: steer.commandId, stage: 2, attempt: 2 });
    expect(bodies[6]).toMatchObject({
      failure: { code: 'PROVIDER_UNAVAILABLE' },
      retryInMs: expect.any(Number),
    });
    expect(bodies[8]).toEqual({ type: 'command.applied', commandId: cancel.commandId, stage: 2, attempt: 2 });
    expect(bodies[9]).toEqual({
      type: 'command.dropped',
      commandId: next.commandId,
      reason: 'run_cancelled',
      text: 'be brief',
    });
    expect(bodies[10]).toMatchObject({ type: 'run.cancelled', commandId: cancel.commandId });
    expect(engine.clock.pendingTimers).toBe(0);
  });

  test('a redirect from the reviewer to the architect', async () => {
    const { provider, engine, runId } = await begun();
    provider.call.answer('# Plan');
    await engine.clock.runTurns();
    provider.call.answer(block());
    await engine.clock.runTurns();
    provider.call.say('{"issues":[{"severity":"major","message":"one"},{"severity":"nit","message":"two"},');
    await engine.clock.runTurns();
    const redirect = await accept(engine, {
      runId,
      kind: 'redirect',
      to: 'architect',
      expect: { role: 'reviewer' },
    });
    await engine.clock.runTurns();

    const events = await after(engine, runId, 'command.accepted');
    expect(events.map(bodyOf)).toEqual([
      expect.objectContaining({
        type: 'command.accepted',
        target: { stage: 3, role: 'reviewer', attempt: 1 },
      }),
      expect.objectContaining({
        type: 'stage.interrupted',
        cause: 'redirect',
        commandIds: [redirect.commandId],
      }),
      { type: 'command.applied', commandId: redirect.commandId, stage: 3, attempt: 1 },
      { type: 'run.planned', cause: 'redirect', roles: ['architect', 'coder', 'reviewer', 'documenter'] },
      expect.objectContaining({
        type: 'stage.started',
        stage: 4,
        role: 'architect',
        attempt: 1,
        cause: 'redirect',
      }),
    ]);
    expect((await engine.state(runId)).review?.issues).toHaveLength(2);
  });

  test('a crash while the refiner streams, with a steer that was accepted and not yet applied', async () => {
    const provider = createScriptedProvider({ ignoresAbort: true });
    const engine = createEngine({ provider });
    const runId = await engine.start();
    provider.call.answer('# Plan');
    await engine.clock.runTurns();
    provider.call.answer(block());
    await engine.clock.runTurns();
    provider.call.answer('{"issues":[{"severity":"major","message":"one"}],"verdict":"changes_requested"}');
    await engine.clock.runTurns();
    provider.call.say('half of ');
    await engine.clock.runTurns();
    const steer = await accept(engine, {
      runId,
      kind: 'steer',
      text: 'go on',
      mode: 'continue',
      expect: { role: 'refiner' },
      scope: 'run',
    });

    // The abort has not landed when the process dies: another one opens the same log.
    const survivor = createEngine({
      provider: createScriptedProvider(),
      clock: engine.clock,
      log: engine.log,
      seed: 2,
    });
    await settle(engine.clock, survivor.supervisor.recover());
    await engine.clock.runTurns();

    const events = await after(engine, runId, 'run.recovered');
    expect(events.map(bodyOf)).toEqual([
      { type: 'run.recovered', reason: 'restart', cutOff: { stage: 4, attempt: 1 } },
      expect.objectContaining({ type: 'stage.interrupted', cause: 'crash', commandIds: [], chars: 8 }),
      expect.objectContaining({
        type: 'stage.started',
        stage: 4,
        attempt: 2,
        cause: 'resume',
        commandIds: [steer.commandId],
        keptChars: 8,
      }),
      { type: 'command.applied', commandId: steer.commandId, stage: 4, attempt: 2 },
    ]);
    // The first owner notices at its next append that it is none any more, and writes nothing.
    await engine.clock.advance(1000);
    expect(typesOf(await after(engine, runId, 'run.recovered'))).toHaveLength(4);
  });

  test('a run that nobody disturbs goes through the roles in order and is approved', async () => {
    const { provider, engine, runId } = await begun();
    for (const text of ['# Plan', block(), approved, '# Manual']) {
      provider.call.answer(text);
      await engine.clock.runTurns();
    }
    const state = await engine.state(runId);
    expect(state).toMatchObject({ status: 'completed', verdict: 'approved', plan: [] });
    expect(state.stages.map(({ role }) => role)).toEqual(['architect', 'coder', 'reviewer', 'documenter']);
    expect(state.files).toMatchObject([
      { path: 'src/a.ts', language: 'ts', stage: 2 },
      { path: 'README.md', language: 'markdown', stage: 4 },
    ]);
    expect(engine.clock.pendingTimers).toBe(0);
  });
});
