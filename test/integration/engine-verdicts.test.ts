import { describe, expect, test } from 'vitest';
import {
  accept,
  answer,
  approved,
  block,
  changes,
  filesIn,
  lastBodies,
  scene,
  type Scene,
} from '../support/scene.ts';

const all = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'];
const crew = { pipeline: { roles: all } };
const reviewed = ['plan', block('src/a.ts', 'one'), approved];
const stateOf = ({ engine, runId }: Scene) => engine.state(runId);
const rolesOf = async (at: Scene) => (await stateOf(at)).stages.map(({ role }) => role);

describe('what was approved and then changed', () => {
  test('by the tester is reviewed again, and that review gives the verdict', async () => {
    const at = await scene([...reviewed, block('src/a.ts', 'two')], crew);
    expect(await lastBodies(at, 3)).toMatchObject([
      { type: 'stage.completed', role: 'tester' },
      { type: 'run.planned', roles: ['reviewer', 'documenter'], cause: 'review' },
      { type: 'stage.started', role: 'reviewer', stage: 5, cause: 'review' },
    ]);
    await answer(at, approved, '# Manual');
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'approved' });
    expect((await rolesOf(at)).slice(3)).toEqual(['tester', 'reviewer', 'documenter']);
  });

  test('is refined while refinements are left; the tester does not run again by itself', async () => {
    const at = await scene(
      [...reviewed, block('src/a.ts', 'two'), changes, block('src/a.ts', 'three'), approved, '# Manual'],
      crew,
    );
    expect((await rolesOf(at)).slice(3)).toEqual(['tester', 'reviewer', 'refiner', 'reviewer', 'documenter']);
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'approved' });
  });

  test('with no refinement left keeps the verdict of that review', async () => {
    const at = await scene([...reviewed, block('src/a.ts', 'two'), changes, '# Manual'], {
      pipeline: { roles: all, maxRefinements: 0 },
    });
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'changes_requested' });
  });

  test('by the documenter is reviewed at the end', async () => {
    const readme = block('README.md', '# A');
    const at = await scene(
      ['plan', block('src/a.ts') + readme, approved, block('test/a.ts'), block('README.md', '# B')],
      crew,
    );
    expect((await rolesOf(at)).at(-1)).toBe('reviewer');
    await answer(at, approved);
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'approved' });
  });

  test('a context file that the tester changes counts, since the review was given it', async () => {
    const at = await scene([...reviewed, block('lib/given.ts', 'changed')], {
      ...crew,
      files: [{ path: 'lib/given.ts', text: 'given\n' }],
    });
    expect((await rolesOf(at)).at(-1)).toBe('reviewer');
  });

  test('a new file, or the same content again, is no change', async () => {
    const at = await scene(
      [...reviewed, block('src/a.ts', 'one') + block('test/a.test.ts'), '# Manual'],
      crew,
    );
    expect(await rolesOf(at)).toEqual(['architect', 'coder', 'reviewer', 'tester', 'documenter']);
    expect(await stateOf(at)).toMatchObject({ verdict: 'approved' });
  });

  test('without a reviewer among the roles ends without a verdict', async () => {
    const at = await scene([block('src/a.ts', 'one')], { pipeline: { roles: ['coder', 'tester'] } });
    await accept(at, { kind: 'redirect', to: 'reviewer', expect: 'any' });
    await at.engine.clock.runTurns();
    await answer(at, approved);
    expect((await rolesOf(at)).at(-1)).toBe('tester');
    await answer(at, block('src/a.ts', 'two'));
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'none' });
  });

  test('and put back before the end stands as it was approved', async () => {
    const at = await scene([block('src/a.ts', 'one')], {
      pipeline: { roles: ['coder', 'tester', 'documenter'] },
    });
    await accept(at, { kind: 'redirect', to: 'reviewer', expect: 'any' });
    await at.engine.clock.runTurns();
    await answer(at, approved, block('src/a.ts', 'two'), block('src/a.ts', 'one') + block('README.md'));
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'approved' });
  });

  test('by a tester whose stage is cancelled is reviewed again too', async () => {
    const at = await scene(reviewed, crew);
    at.provider.call.say(block('src/a.ts', 'two'));
    await at.engine.clock.runTurns();
    await accept(at, { kind: 'cancel', target: 'stage', expect: { role: 'tester' } });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 5)).toMatchObject([
      { type: 'artifact.recorded', path: 'src/a.ts' },
      { type: 'stage.cancelled' },
      { type: 'command.applied' },
      { type: 'run.planned', roles: ['reviewer', 'documenter'], cause: 'cancel' },
      { type: 'stage.started', role: 'reviewer', cause: 'plan' },
    ]);
  });

  test('by a tester that a redirect ends is reviewed behind the role that was asked for', async () => {
    const at = await scene(reviewed, crew);
    at.provider.call.say(block('src/a.ts', 'two'));
    await at.engine.clock.runTurns();
    await accept(at, { kind: 'redirect', to: 'documenter', expect: { role: 'tester' } });
    await at.engine.clock.runTurns();
    await answer(at, '# Manual');
    expect((await rolesOf(at)).slice(3)).toEqual(['tester', 'documenter', 'reviewer']);
  });
});

describe('an approval', () => {
  test('is unknown if no role has written a file', async () => {
    const at = await scene(['Shall I?', 'I would …', approved], {
      pipeline: { roles: ['coder', 'reviewer'] },
    });
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'unknown' });
    expect((await stateOf(at)).review?.problems).toEqual([
      expect.stringContaining('no role has written a file'),
    ]);
  });

  test('of context files in a run without a coder is one', async () => {
    const at = await scene([approved], {
      pipeline: { roles: ['reviewer'] },
      files: [{ path: 'a.ts', text: 'a\n' }],
    });
    expect(await stateOf(at)).toMatchObject({ verdict: 'approved' });
  });
});

describe('a review that cannot be read', () => {
  const broken = '{"issues":[{"severity":"major","message":"one"},{"severity":"ma';

  test('but names a grave issue goes to the refiner, and is unknown with none left', async () => {
    const roles = ['coder', 'reviewer', 'refiner'];
    const at = await scene([block(), broken, broken], { pipeline: { roles, maxRefinements: 1 } });
    expect(await lastBodies(at, 4)).toMatchObject([
      {
        type: 'review.recorded',
        verdict: 'unknown',
        issues: [{ severity: 'major' }],
        problems: expect.arrayContaining([expect.stringMatching(/incomplete/)]) as string[],
      },
      { type: 'stage.completed' },
      { type: 'run.planned', roles: ['refiner', 'reviewer'], cause: 'review' },
      { type: 'stage.started', role: 'refiner', cause: 'review' },
    ]);
    await answer(at, block('src/a.ts', 'two'), broken, broken);
    expect(await stateOf(at)).toMatchObject({ status: 'completed', verdict: 'unknown' });
  });

  test('and names none goes on to the next role', async () => {
    const at = await scene(['plan', block(), 'fine!', 'fine!']);
    expect((await rolesOf(at)).at(-1)).toBe('documenter');
  });

  test('is repaired no more than once, and every review of the run stays', async () => {
    const at = await scene(['plan', block(), broken, changes, block('src/a.ts', 'two'), approved]);
    const { reviews, stages } = await stateOf(at);
    expect(reviews.map(({ stage, attempt, verdict }) => ({ stage, attempt, verdict }))).toEqual([
      { stage: 3, attempt: 1, verdict: null },
      { stage: 3, attempt: 2, verdict: 'changes_requested' },
      { stage: 5, attempt: 1, verdict: 'approved' },
    ]);
    expect(stages.at(-1)?.role).toBe('documenter');
  });
});

describe('the README', () => {
  test('is the documenter’s whole text if the run has none', async () => {
    const text = '# A queue\n\nUse it so:\n\n```ts src/example.ts\nqueue();\n```\n';
    const at = await scene([block(), text], { pipeline: { roles: ['coder', 'documenter'] } });
    expect(await filesIn(at)).toEqual({ 'src/a.ts': 'export {};\n', 'README.md': text });
    expect((await stateOf(at)).files.at(-1)).toMatchObject({
      path: 'README.md',
      language: 'markdown',
      stage: 2,
    });
  });

  test.each(['README.md', 'readme.rst', 'ReadMe', 'README'])(
    'is not written over a %s that is there: its file blocks count',
    async (path) => {
      const at = await scene(['# Prose\n' + block('docs/api.md', 'api')], {
        pipeline: { roles: ['documenter'] },
        files: [{ path, text: 'mine\n' }],
      });
      expect(await filesIn(at)).toEqual({ [path]: 'mine\n', 'docs/api.md': 'api\n' });
    },
  );

  test('is the block of that name if the text holds one', async () => {
    const at = await scene([`Here it is.\n\n~~~markdown README.md\n# A\n~~~\n${block('docs/b.md', 'b')}`], {
      pipeline: { roles: ['documenter'] },
    });
    expect(await filesIn(at)).toEqual({ 'README.md': '# A\n', 'docs/b.md': 'b\n' });
  });

  test('in a folder is another one', async () => {
    const at = await scene(['# Root'], {
      pipeline: { roles: ['documenter'] },
      files: [{ path: 'docs/README.md', text: 'mine\n' }],
    });
    expect(Object.keys(await filesIn(at))).toEqual(['docs/README.md', 'README.md']);
  });

  test('that was cut off is not recorded, and it is said', async () => {
    const cut = [{ cut: '# A\n' }, { cut: 'b ' }, { cut: 'c ' }, { cut: 'd ' }];
    const at = await scene(cut, { pipeline: { roles: ['documenter'] } });
    expect(await filesIn(at)).toEqual({});
    expect((await stateOf(at)).stages[0]?.attempts.at(-1)?.skipped).toEqual([
      { reason: 'open', path: 'README.md', offset: 0, chars: 10 },
    ]);
  });
});
