import { describe, expect, test } from 'vitest';
import {
  approved,
  busyScene,
  crew,
  expectLawful,
  file,
  roleCalled,
  sent,
  startFrom,
  stateOf,
  whole,
} from '../support/from-scene.ts';
import { accept, answer, changes, filesIn, refusal, scene, steer } from '../support/scene.ts';

describe('a follow-up', () => {
  test('begins a new pass for its task, with the files and what came before in the prompt', async () => {
    const source = await scene(whole, {
      ...crew,
      task: 'A stack',
      files: [{ path: 'in.md', text: 'Wishes\n' }],
    });
    const at = await startFrom(source, {}, { task: 'Now add tests' });
    expect(roleCalled(at)).toBe('architect');
    const prompt = sent(at);
    expect(prompt).toContain('# Task\n\n```\nNow add tests\n```');
    expect(prompt).toContain('# Earlier tasks');
    expect(prompt).toContain('```\nA stack\n```');
    expect(prompt).toContain('1| A1');
    expect(prompt).toContain('1| Wishes');
    expect(prompt).toContain('One module.');
    // For the simulated model it is an instruction about the work that is there.
    expect(at.provider.call.request.rehearsal).toMatchObject({
      task: 'A stack',
      instructions: ['Now add tests'],
    });
    await answer(at, '# Design 2', file('a.test.ts', 'T'), approved);
    const state = await stateOf(at);
    expect(state.from).toEqual({ runId: source.runId, tasks: ['A stack'] });
    expect(state.stages.map(({ stage, role }) => `${stage} ${role}`)).toEqual([
      '1 architect',
      '2 coder',
      '3 reviewer',
      '4 architect',
      '5 coder',
      '6 reviewer',
    ]);
    expect(await filesIn(at)).toEqual({ 'in.md': 'Wishes\n', 'a.ts': 'A1\n', 'a.test.ts': 'T\n' });
    await expectLawful(at);
  });

  test('of a follow-up names both tasks, and copies name the run that logged them first', async () => {
    const source = await scene(whole, { ...crew, task: 'A stack' });
    const second = await startFrom(source, {}, { task: 'Now add tests' });
    await answer(second, '# Design 2', file('a.test.ts', 'T'), approved);
    const third = await startFrom(second, {}, { task: 'Now a readme', pipeline: { roles: ['documenter'] } });
    expect(roleCalled(third)).toBe('documenter');
    await answer(third, '# Readme');
    const state = await stateOf(third);
    expect(state.from?.tasks).toEqual(['A stack', 'Now add tests']);
    expect(state.stages.map(({ attempts }) => attempts[0]?.inheritedFrom?.runId)).toEqual([
      ...[1, 2, 3].map(() => source.runId),
      ...[4, 5, 6].map(() => second.runId),
      undefined,
    ]);
    // The review was of another task.
    expect(state.verdict).toBe('none');
    await expectLawful(third);
  });

  test('has its refinements counted from 0', async () => {
    const roles = ['coder', 'reviewer', 'refiner'];
    const source = await scene([file('a.ts', 'A1'), changes, file('a.ts', 'A2'), changes], {
      pipeline: { roles, maxRefinements: 1 },
    });
    expect((await stateOf(source)).status).toBe('completed');
    const at = await startFrom(source, {}, { task: 'More' });
    await answer(at, file('a.ts', 'A3'), changes);
    expect(roleCalled(at)).toBe('refiner');
    await answer(at, file('a.ts', 'A4'), changes);
    expect((await stateOf(at)).status).toBe('completed');
    await expectLawful(at);
  });

  test('takes new context files, which replace those of the same path', async () => {
    const source = await scene(whole, {
      ...crew,
      files: [
        { path: 'in.md', text: 'Old\n' },
        { path: 'more.md', text: 'More\n' },
      ],
    });
    const at = await startFrom(
      source,
      {},
      {
        task: 'Again',
        files: [
          { path: 'in.md', text: 'New\n' },
          { path: 'a.ts', text: 'Mine\n' },
        ],
      },
    );
    expect(await filesIn(at)).toEqual({ 'more.md': 'More\n', 'in.md': 'New\n', 'a.ts': 'Mine\n' });
    expect(sent(at)).toContain('1| New');
    expect(sent(at)).not.toContain('1| Old');
    await answer(at, ...whole);
    await expectLawful(at);
  });

  test('needs a task', async () => {
    const source = await scene(whole, crew);
    const error = await refusal(startFrom(source, {}));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain('task: required');
  });
});

describe('a fork', () => {
  test('goes on from the text of the attempt, which counts as one of the stage but not towards its limit', async () => {
    const source = await scene(['# Design'], { ...crew, limits: { maxAttemptsPerStage: 2 } });
    source.provider.call.say('Half a fi');
    await source.engine.clock.runTurns();
    await accept(source, steer('Shorter.'));
    await source.engine.clock.runTurns();
    await answer(source, file('b.ts', 'B'), approved);
    const at = await startFrom(source, { stage: 2, attempt: 1 });
    expect(roleCalled(at)).toBe('coder');
    expect(sent(at)).toContain('Half a fi');
    expect(sent(at)).not.toContain('Shorter.');
    expect((await stateOf(at)).stages[1]?.attempts).toMatchObject([
      { attempt: 1, status: 'interrupted', text: 'Half a fi' },
      { attempt: 2, status: 'running', cause: 'fork', keptChars: 9, text: 'Half a fi' },
    ]);
    expect(await filesIn(at)).toEqual({});
    at.provider.call.fail('PROVIDER_UNAVAILABLE');
    await at.engine.clock.advance(60_000);
    await answer(at, `le.\n\n${file('a.ts', 'A1')}`, approved);
    const state = await stateOf(at);
    expect(state.stages[1]?.attempts.at(-1)?.text).toBe(`Half a file.\n\n${file('a.ts', 'A1')}`);
    expect(state.status).toBe('completed');
    expect(state.from).toEqual({ runId: source.runId, stage: 2, attempt: 1, tasks: [] });
    await expectLawful(at);
  });

  test('keeps the text when it is steered in the queue, whatever the mode', async () => {
    const first = await busyScene();
    const at = await startFrom(first, { stage: 1, attempt: 1 });
    await accept(at, steer('In English.'));
    await accept(first.blocker, { kind: 'cancel', target: 'run' });
    await first.engine.clock.runTurns();
    expect((await stateOf(at)).stages[0]?.attempts[1]).toMatchObject({
      cause: 'fork',
      text: whole[0],
      commandIds: [expect.any(String)],
    });
    expect(sent(at)).toContain('In English.');
    await answer(at, ' And more.', ...whole.slice(1));
    await expectLawful(at);
  });

  test('of a completed attempt has its text and not yet its files', async () => {
    const source = await scene(whole, crew);
    const at = await startFrom(source, { stage: 2, attempt: 1 });
    expect(await filesIn(at)).toEqual({});
    expect(sent(at)).toContain('A1');
    await answer(at, `\n${file('b.ts', 'B')}`, approved);
    expect(await filesIn(at)).toEqual({ 'a.ts': 'A1\n', 'b.ts': 'B\n' });
    await expectLawful(at);
  });

  test('of the last stage ends with it', async () => {
    const source = await scene([...whole, '# Read'], {
      pipeline: { roles: ['architect', 'coder', 'reviewer', 'documenter'] },
    });
    const at = await startFrom(source, { stage: 4, attempt: 1 });
    await answer(at, 'me');
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'approved', plan: [] });
    expect(await filesIn(at)).toMatchObject({ 'README.md': '# Readme' });
    await expectLawful(at);
  });

  test('of a review is refused, since JSON cannot be continued', async () => {
    const source = await scene(whole, crew);
    const error = await refusal(startFrom(source, { stage: 3, attempt: 1 }));
    expect(error.code).toBe('INVALID_INPUT');
    expect(error.message).toContain('from.attempt');
    expect(error.message).toContain('JSON');
  });

  test('of a fork inherits both attempts', async () => {
    const source = await scene(whole, crew);
    const first = await startFrom(source, { stage: 1, attempt: 1 });
    await answer(first, ' And more.', file('a.ts', 'A1'), approved);
    const second = await startFrom(first, { stage: 1, attempt: 2 });
    await answer(second, ' And most.', file('a.ts', 'A1'), approved);
    const [architect] = (await stateOf(second)).stages;
    expect(architect?.attempts.map(({ text }) => text)).toEqual([
      whole[0],
      `${whole[0]} And more.`,
      `${whole[0]} And more. And most.`,
    ]);
    expect(architect?.attempts.map(({ inheritedFrom }) => inheritedFrom?.runId)).toEqual([
      source.runId,
      first.runId,
      undefined,
    ]);
    await expectLawful(second);
  });
});
