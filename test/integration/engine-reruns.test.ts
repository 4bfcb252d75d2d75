import { describe, expect, test } from 'vitest';
import { typesOf } from '../support/engine.ts';
import {
  approved,
  busyScene,
  crew,
  expectLawful,
  failedCoder,
  file,
  roleCalled,
  sent,
  startFrom,
  stateOf,
  whole,
} from '../support/from-scene.ts';
import { accept, answer, changes, filesIn, refusal, scene, type Scene } from '../support/scene.ts';

describe('a rerun', () => {
  test('of a failed run starts the stage that failed, and calls no model for those before it', async () => {
    const failed = await failedCoder({
      ...crew,
      task: 'A stack',
      labels: { team: 'blue' },
      instructions: { all: 'Short.' },
    });
    const calls = failed.provider.calls.length;
    const at = await startFrom(failed, {});
    expect(at.provider.calls.length).toBe(calls + 1);
    expect(roleCalled(at)).toBe('coder');
    expect(sent(at)).toContain('One module.');
    expect(sent(at)).toContain('Short.');
    expect(sent(at)).not.toContain('Half a fi');
    await answer(at, file('a.ts', 'A1'), approved);
    const state = await stateOf(at);
    expect(state).toMatchObject({
      status: 'completed',
      verdict: 'approved',
      task: 'A stack',
      labels: { team: 'blue' },
      from: { runId: failed.runId, stage: 2, tasks: [] },
    });
    expect(state.stages.map(({ role, attempts }) => [role, attempts.length])).toEqual([
      ['architect', 1],
      ['coder', 1],
      ['reviewer', 1],
    ]);
    expect(state.stages[0]?.attempts[0]?.inheritedFrom?.runId).toBe(failed.runId);
    expect(state.stages[1]?.attempts[0]?.inheritedFrom).toBeUndefined();
    expect(await filesIn(at)).toEqual({ 'a.ts': 'A1\n' });
    await expectLawful(at);
  });

  test('does not count the usage of what it inherits', async () => {
    const failed = await scene([], crew);
    failed.provider.call.use({ inputTokens: 700, outputTokens: 70, reasoningTokens: 0, source: 'final' });
    await answer(failed, '# Design');
    failed.provider.call.fail('PROVIDER_AUTH', { retryable: false });
    await failed.engine.clock.runTurns();
    const at = await startFrom(failed, {});
    expect((await stateOf(at)).usage).toMatchObject({ inputTokens: 0, outputTokens: 0 });
    expect((await stateOf(at)).stages[0]?.attempts[0]?.usage).toMatchObject({ inputTokens: 700 });
    at.provider.call.use({ inputTokens: 5, outputTokens: 3, reasoningTokens: 0, source: 'final' });
    await answer(at, file('a.ts', 'A1'));
    expect((await stateOf(at)).usage).toMatchObject({ inputTokens: 5, outputTokens: 3 });
  });

  test('has the copies merged, of their own seq and time, and with the place of the original', async () => {
    const failed = await scene([], crew);
    failed.provider.call.reason('hm');
    await failed.engine.clock.runTurns();
    failed.provider.call.say('# De');
    await failed.engine.clock.runTurns();
    failed.provider.call.reason(', yes');
    await failed.engine.clock.runTurns();
    failed.provider.call.say('sign');
    await failed.engine.clock.runTurns();
    failed.provider.call.finish();
    await failed.engine.clock.runTurns();
    failed.provider.call.fail('PROVIDER_AUTH', { retryable: false });
    await failed.engine.clock.advance(5000);
    const at = await startFrom(failed, {});
    const source = await failed.engine.events(failed.runId);
    const events = await expectLawful({ ...at, ...(await endedBy(at)) });
    const copies = events.filter(({ inheritedFrom }) => inheritedFrom !== undefined);
    expect(typesOf(copies)).toEqual([
      'run.planned',
      'stage.started',
      'stage.reasoning',
      'stage.delta',
      'stage.completed',
    ]);
    expect(copies[2]).toMatchObject({ text: 'hm, yes', offset: 0 });
    expect(copies[3]).toMatchObject({ text: '# Design', offset: 0 });
    for (const { inheritedFrom, type, at: time } of copies) {
      const original = source.find(({ seq }) => seq === inheritedFrom?.seq);
      expect(original).toMatchObject({ type, runId: inheritedFrom?.runId, at: inheritedFrom?.at });
      expect(time > (original?.at ?? '')).toBe(true);
    }
  });

  test('from a stage of a completed run has the plan of the source at that point', async () => {
    const source = await scene(['# Design', file('a.ts', 'A1'), changes, file('a.ts', 'A2'), approved], {
      pipeline: { roles: ['architect', 'coder', 'reviewer', 'refiner', 'documenter'], maxRefinements: 1 },
    });
    await answer(source, '# Readme');
    const at = await startFrom(source, { stage: 4 });
    expect(roleCalled(at)).toBe('refiner');
    expect(await filesIn(at)).toEqual({ 'a.ts': 'A1\n' });
    const started = (await at.engine.events(at.runId)).findLast(({ type }) => type === 'stage.started');
    expect(started).toMatchObject({ stage: 4, attempt: 1, cause: 'review' });
    // The refinement that starts again is the only one: the next review is not followed by another.
    await answer(at, file('a.ts', 'A3'), changes);
    expect(roleCalled(at)).toBe('documenter');
    await answer(at, '# Readme');
    expect((await stateOf(at)).verdict).toBe('changes_requested');
    await expectLawful(at);
  });

  test('of a cancelled run starts the stage in which it was cancelled', async () => {
    const source = await scene(whole.slice(0, 2), crew);
    await accept(source, { kind: 'cancel', target: 'run' });
    await source.engine.clock.runTurns();
    const at = await startFrom(source, {});
    expect(roleCalled(at)).toBe('reviewer');
    expect((await stateOf(at)).from).toMatchObject({ stage: 3 });
  });

  test('of a run that was cancelled in the queue starts where that would have started', async () => {
    const first = await busyScene();
    const queued = await startFrom(first, {}, { task: 'Now add tests' });
    await accept(queued, { kind: 'cancel', target: 'run' });
    await first.engine.clock.runTurns();
    expect(await stateOf(queued)).toMatchObject({ status: 'cancelled', stages: [{}, {}, {}] });
    await accept(first.blocker, { kind: 'cancel', target: 'run' });
    const at = await startFrom(queued, {});
    expect((await stateOf(at)).from).toMatchObject({ stage: 4 });
    expect(sent(at)).toContain('Now add tests');
    await answer(at, ...whole);
    expect((await stateOf(at)).stages).toHaveLength(6);
    await expectLawful(at);
    await startFrom(queued, { stage: 4 });
    expect((await refusal(startFrom(queued, { stage: 5 }))).code).toBe('ATTEMPT_NOT_FOUND');
  });

  test('may have another task, models and roles', async () => {
    const failed = await failedCoder({ ...crew, task: 'A stack' });
    const at = await startFrom(
      failed,
      {},
      { task: 'A queue', models: { coder: 'rehearsal/seed=2' }, pipeline: { roles: ['coder', 'tester'] } },
    );
    expect(sent(at)).toContain('A queue');
    expect(sent(at)).toContain('# Earlier tasks');
    expect(sent(at)).toContain('A stack');
    await answer(at, file('a.ts', 'A1'));
    expect(roleCalled(at)).toBe('tester');
    await answer(at, file('a.test.ts', 'T'));
    expect((await stateOf(at)).status).toBe('completed');
    await expectLawful(at);
  });
});

/** Ends the run of the scene, so that its whole log can be checked. */
async function endedBy(at: Scene): Promise<object> {
  await accept(at, { kind: 'cancel', target: 'run' });
  await at.engine.clock.runTurns();
  return {};
}
