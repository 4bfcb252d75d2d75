import { describe, expect, test } from 'vitest';
import type { StartInput } from '@stagewire/shared';
import { principal, createEngine, settle, typesOf } from '../support/engine.ts';
import { accept, lastBodies, refusal, steer } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

describe('while a run is queued', () => {
  const waiting = async () => {
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, maxRunningRuns: 1 });
    const first = await engine.start();
    const runId = await engine.start();
    return { provider, engine, first, runId };
  };

  test('it says how many are ahead', async () => {
    const at = await waiting();
    await at.engine.clock.advance(1500);
    expect(at.engine.supervisor.heartbeat(at.runId)).toEqual({
      type: 'run.waiting',
      phase: 'queued',
      ahead: 0,
      elapsedMs: 1500,
    });
  });

  test('a cancel ends it without a model call', async () => {
    const at = await waiting();
    const { commandId } = await accept(at, { kind: 'cancel', target: 'run', reason: 'never mind' });
    await at.engine.clock.runTurns();
    expect(typesOf(await at.engine.events(at.runId))).toEqual([
      'run.queued',
      'command.accepted',
      'command.applied',
      'run.cancelled',
    ]);
    expect(await lastBodies(at, 2)).toMatchObject([
      { commandId, stage: null, attempt: null },
      { reason: 'never mind' },
    ]);
    expect(at.provider.calls).toHaveLength(1);
  });

  test('a steer waits for the first stage, a redirect is applied at once, and a stage cannot be cancelled', async () => {
    const at = await waiting();
    expect(await refusal(accept(at, steer('x', 'restart', { expect: { stage: 1 } })))).toMatchObject({
      code: 'STAGE_MISMATCH',
    });
    expect(await refusal(accept(at, { kind: 'cancel', target: 'stage', expect: 'any' }))).toMatchObject({
      code: 'ILLEGAL_TARGET',
    });
    const steered = await accept(at, steer('be brief', 'continue'));
    const redirect = await accept(at, { kind: 'redirect', to: 'tester', expect: 'any' });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 2)).toEqual([
      { type: 'command.applied', commandId: redirect.commandId, stage: null, attempt: null },
      { type: 'run.planned', roles: ['tester', 'documenter'], cause: 'redirect' },
    ]);
    await settle(at.engine.clock, at.engine.command({ runId: at.first, kind: 'cancel', target: 'run' }));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 4)).toEqual([
      { type: 'run.started' },
      { type: 'run.planned', roles: ['tester', 'documenter'], cause: 'start' },
      expect.objectContaining({ type: 'stage.started', role: 'tester', cause: 'redirect' }),
      { type: 'command.applied', commandId: steered.commandId, stage: 1, attempt: 1 },
    ]);
  });
});

describe('starting', () => {
  test('the same id and body is the same run; another body is a conflict', async () => {
    const provider = createScriptedProvider();
    const { clock, supervisor } = createEngine({ provider });
    const input = { task: 'Build', runId: 'run_abcdefgh', labels: { a: '1', b: '2' } };
    const both = [input, { ...input, labels: { b: '2', a: '1' } }].map((one) =>
      supervisor.start(one, principal),
    );
    await clock.runTurns();
    const [first, second] = await Promise.all(both);
    expect(second).toEqual(first);
    const error = await refusal(settle(clock, supervisor.start({ ...input, task: 'Break' }, principal)));
    expect(error.code).toBe('RUN_ID_CONFLICT');
    expect(provider.calls).toHaveLength(1);
  });

  test('the settings of the server are recorded with the run, below its own', async () => {
    const engine = createEngine({
      provider: createScriptedProvider(),
      settings: { default: { maxOutputTokens: 500 }, coder: { effort: 'high' }, tester: { effort: 'low' } },
    });
    const settingsOf = async (input: Partial<StartInput>) =>
      (await engine.state(await engine.start(input))).settings;
    expect(await settingsOf({})).toEqual({
      default: { maxOutputTokens: 500 },
      coder: { effort: 'high', maxOutputTokens: 500 },
      tester: { effort: 'low', maxOutputTokens: 500 },
    });
    expect(
      await settingsOf({ settings: { default: { effort: 'medium' }, tester: { effort: 'high' } } }),
    ).toEqual({
      default: { effort: 'medium', maxOutputTokens: 500 },
      coder: { effort: 'medium', maxOutputTokens: 500 },
      tester: { effort: 'high', maxOutputTokens: 500 },
    });
  });

  test('roles, models and instructions that mean nothing are refused by name', async () => {
    const { clock, supervisor } = createEngine({
      provider: createScriptedProvider(),
      findModelProblem: (model) => (model === 'openai/x' ? 'openai is not configured' : undefined),
    });
    const start = (input: Omit<StartInput, 'task'>) =>
      refusal(settle(clock, supervisor.start({ task: 'x', ...input }, principal)));
    expect((await start({ pipeline: { roles: ['poet'] } })).message).toContain('poet');
    expect((await start({ pipeline: { roles: ['refiner'] } })).code).toBe('INVALID_INPUT');
    expect((await start({ models: { coder: 'openai/x' } })).message).toContain('models.coder');
    expect((await start({ instructions: { poet: 'rhyme' } })).message).toContain('instructions.poet');
    const files = Array.from({ length: 6 }, (_, n) => ({ path: `f${n}`, text: 'x'.repeat(180_000) }));
    expect((await start({ files })).code).toBe('TOO_LARGE');
  });
});
