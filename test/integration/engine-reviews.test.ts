import { describe, expect, test } from 'vitest';
import { bodyOf } from '../support/engine.ts';
import { accept, block, changes, lastBodies, scene } from '../support/scene.ts';

describe('reviews', () => {
  test('changes requested lead to refiner and reviewer, and at last to the next role whatever the verdict', async () => {
    const at = await scene([
      'plan',
      block(),
      changes,
      block('src/a.ts', '2'),
      changes,
      block('src/a.ts', '3'),
      changes,
      'docs',
    ]);
    const state = await at.engine.state(at.runId);
    expect(state.stages.map(({ role }) => role)).toEqual([
      'architect',
      'coder',
      'reviewer',
      'refiner',
      'reviewer',
      'refiner',
      'reviewer',
      'documenter',
    ]);
    expect(state).toMatchObject({ status: 'completed', verdict: 'changes_requested' });
    const planned = (await at.engine.events(at.runId)).filter(({ type }) => type === 'run.planned');
    expect(planned.map(bodyOf)).toEqual([
      { type: 'run.planned', cause: 'start', roles: ['architect', 'coder', 'reviewer', 'documenter'] },
      { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer', 'documenter'] },
      { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer', 'documenter'] },
    ]);
  });

  test('changes requested without a refiner among the roles go on to the next role', async () => {
    const roles = ['coder', 'reviewer', 'documenter'];
    const at = await scene([block(), changes, 'docs'], { pipeline: { roles } });
    expect((await at.engine.state(at.runId)).stages.map(({ role }) => role)).toEqual(roles);
  });

  test('an unparsable review is repaired once, and then is unknown, never approved', async () => {
    const at = await scene(['plan', block(), 'It looks approved to me']);
    expect(await lastBodies(at, 2)).toEqual([
      expect.objectContaining({
        type: 'stage.failed',
        failure: expect.objectContaining({ code: 'OUTPUT_INVALID' }),
        retryInMs: 0,
      }),
      expect.objectContaining({ type: 'stage.started', stage: 3, attempt: 2, cause: 'repair' }),
    ]);
    expect(at.provider.call.request.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    at.provider.call.answer('Still approved!');
    await at.engine.clock.runTurns();
    const state = await at.engine.state(at.runId);
    expect(state.review).toMatchObject({ verdict: 'unknown', issues: [] });
    expect(state.stages.at(-1)).toMatchObject({ role: 'documenter' });
  });

  test('issues are noted while the reviewer writes', async () => {
    const at = await scene(['plan', block()]);
    at.provider.call.say('{"issues":[{"severity":"nit","message":"a"}');
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toEqual([
      {
        type: 'review.noted',
        stage: 3,
        role: 'reviewer',
        attempt: 1,
        issue: { severity: 'nit', message: 'a' },
      },
    ]);
  });

  test('a cancelled reviewer records unknown with what it has noted', async () => {
    const at = await scene(['plan', block()]);
    at.provider.call.say('{"issues":[{"severity":"nit","message":"a"}');
    await at.engine.clock.runTurns();
    const { commandId } = await accept(at, { kind: 'cancel', target: 'stage', expect: { role: 'reviewer' } });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 5)).toEqual([
      expect.objectContaining({ type: 'review.recorded', verdict: 'unknown', issues: [expect.anything()] }),
      expect.objectContaining({ type: 'stage.cancelled', commandId }),
      { type: 'command.applied', commandId, stage: 3, attempt: 1 },
      { type: 'run.planned', roles: ['documenter'], cause: 'cancel' },
      expect.objectContaining({ type: 'stage.started', role: 'documenter', cause: 'plan' }),
    ]);
  });
});
