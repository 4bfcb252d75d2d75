import { describe, expect, test } from 'vitest';
import { principal, settle } from '../support/engine.ts';
import {
  accept,
  answer,
  approved,
  block,
  changes,
  filesIn,
  lastBodies,
  refusal,
  revive,
  scene,
  steer,
} from '../support/scene.ts';
import type { Scene } from '../support/scene.ts';

const coderOnly = { pipeline: { roles: ['coder'] } };
const pair = { pipeline: { roles: ['coder', 'reviewer', 'refiner'] } };
const open = '```ts src/b.ts\nexport const ';
const deletes = (path: string) => `\`\`\`delete ${path}\n\`\`\`\n`;
const unchanged = '```unchanged\n```\n';
const lines = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `export const v${from + index} = 0;`).join('\n');
const elided = block(
  'src/a.ts',
  '// ... existing code ...\nexport const v3 = 33;\n// ... rest stays the same',
);

const stateOf = ({ engine, runId }: Scene) => engine.state(runId);
const lastStage = async (at: Scene) => (await stateOf(at)).stages.at(-1);

async function said(at: Scene, text: string): Promise<void> {
  at.provider.call.say(text);
  await at.engine.clock.runTurns();
}

describe('file blocks are recorded where their text stands', () => {
  test('in the order of the text, before the ending, in the one append', async () => {
    const at = await scene([block('src/old.ts')], { pipeline: { roles: ['coder', 'tester'] } });
    await answer(at, block('src/a.ts') + deletes('src/old.ts') + block('src/c.ts') + '```\nno path\n```\n');
    expect((await lastBodies(at, 6)).map((body) => ({ ...body, usage: undefined }))).toMatchObject([
      { type: 'artifact.recorded', path: 'src/a.ts' },
      { type: 'artifact.removed', path: 'src/old.ts' },
      { type: 'artifact.recorded', path: 'src/c.ts' },
      { type: 'artifact.skipped', reason: 'no_path' },
      { type: 'stage.completed', role: 'tester' },
      { type: 'run.completed' },
    ]);
    expect(Object.keys(await filesIn(at))).toEqual(['src/a.ts', 'src/c.ts']);
  });

  test('at a cancelled stage: the closed ones; the open one is said', async () => {
    const at = await scene([], { pipeline: { roles: ['coder', 'documenter'] } });
    await said(at, block('src/a.ts') + open);
    await accept(at, { kind: 'cancel', target: 'stage', expect: 'any' });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 6)).toMatchObject([
      { type: 'artifact.recorded', path: 'src/a.ts' },
      { type: 'artifact.skipped', reason: 'open', path: 'src/b.ts' },
      { type: 'stage.cancelled' },
      { type: 'command.applied' },
      { type: 'run.planned', cause: 'cancel' },
      { type: 'stage.started', role: 'documenter' },
    ]);
  });

  test('at a cancelled run, at a redirect, and when the run takes too long', async () => {
    const cancelled = await scene([], coderOnly);
    await said(cancelled, block());
    await accept(cancelled, { kind: 'cancel', target: 'run' });
    await cancelled.engine.clock.runTurns();
    const redirected = await scene([], coderOnly);
    await said(redirected, block());
    await accept(redirected, { kind: 'redirect', to: 'tester', expect: 'any' });
    await redirected.engine.clock.runTurns();
    const late = await scene([], { ...coderOnly, limits: { maxDurationMs: 5000 } });
    await said(late, block());
    await late.engine.clock.advance(5000);
    for (const at of [cancelled, redirected, late]) {
      expect(await filesIn(at)).toEqual({ 'src/a.ts': 'export {};\n' });
    }
  });

  test('not at a steer, a crash or a failed call, whose text goes on or is discarded', async () => {
    const at = await scene([], coderOnly);
    await said(at, block());
    await accept(at, steer('go on', 'continue'));
    await at.engine.clock.runTurns();
    await accept(at, steer('anew'));
    await said(at, block());
    at.provider.call.fail('PROVIDER_UNAVAILABLE');
    await at.engine.clock.advance(60_000);
    expect(await filesIn(at)).toEqual({});
  });

  test('a recovery that a pending cancel ends the stage with records them; one that resumes it does not', async () => {
    const roles = { pipeline: { roles: ['coder', 'documenter'] } };
    const resumed = await scene([], roles);
    await said(resumed, block());
    expect((await filesIn(await revive(resumed)))['src/a.ts']).toBeUndefined();
    const cancelled = await scene([], roles, { ignoresAbort: true });
    await said(cancelled, block());
    await accept(cancelled, { kind: 'cancel', target: 'stage', expect: 'any' });
    expect(await lastBodies(await revive(cancelled), 6)).toMatchObject([
      { type: 'run.recovered' },
      { type: 'artifact.recorded', path: 'src/a.ts' },
      { type: 'stage.interrupted', cause: 'crash' },
      { type: 'command.applied' },
      { type: 'run.planned' },
      { type: 'stage.started', role: 'documenter' },
    ]);
  });
});

describe('a stage that is there for files is repaired once', () => {
  test.each(['coder', 'tester'])('a %s without any file; then it completes without one', async (role) => {
    const at = await scene(['Shall I write it?'], { pipeline: { roles: [role] } });
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.failed', failure: { code: 'OUTPUT_INVALID', reason: 'no_file' }, retryInMs: 0 },
      { type: 'stage.started', cause: 'repair', keptChars: 0 },
    ]);
    await answer(at, 'Shall I really?');
    expect(await stateOf(at)).toMatchObject({ status: 'completed', files: [] });
  });

  test('an open file: the closed ones are recorded already', async () => {
    const at = await scene([block('src/a.ts') + open], coderOnly);
    expect(await lastBodies(at, 4)).toMatchObject([
      { type: 'artifact.recorded', path: 'src/a.ts', attempt: 1 },
      { type: 'artifact.skipped', reason: 'open', path: 'src/b.ts', attempt: 1 },
      {
        type: 'stage.failed',
        failure: { reason: 'file_open', message: expect.stringContaining('src/b.ts') },
      },
      { type: 'stage.started', cause: 'repair' },
    ]);
    await answer(at, block('src/b.ts', 'b'));
    expect(await filesIn(at)).toEqual({ 'src/a.ts': 'export {};\n', 'src/b.ts': 'b\n' });
  });

  test('left open again: it is said, and no file of the result', async () => {
    const at = await scene([block('src/a.ts') + open, open], coderOnly);
    expect(await stateOf(at)).toMatchObject({ status: 'completed' });
    expect(Object.keys(await filesIn(at))).toEqual(['src/a.ts']);
    expect((await lastStage(at))?.attempts.at(-1)?.skipped).toMatchObject([
      { reason: 'open', path: 'src/b.ts' },
    ]);
  });

  test('a file that leaves parts of the present one out: then the old one stays, and it is said', async () => {
    const at = await scene([block('src/a.ts', lines(0, 29)), changes, elided], pair);
    expect(await lastBodies(at, 3)).toMatchObject([
      { type: 'artifact.skipped', reason: 'elided', path: 'src/a.ts' },
      {
        type: 'stage.failed',
        failure: { reason: 'file_elided', message: expect.stringContaining('src/a.ts') },
      },
      { type: 'stage.started', role: 'refiner', cause: 'repair' },
    ]);
    await answer(at, elided);
    expect((await filesIn(at))['src/a.ts']).toBe(`${lines(0, 29)}\n`);
    const refiner = (await stateOf(at)).stages[2];
    expect(refiner).toMatchObject({ role: 'refiner', status: 'completed' });
    expect(refiner?.attempts.at(-1)?.skipped).toMatchObject([{ reason: 'elided', path: 'src/a.ts' }]);
  });

  test.each([
    ['that leaves parts out again', elided],
    ['that the repair does not give', block('src/b.ts')],
  ])('a new file %s is taken, and it is said', async (_, second) => {
    const at = await scene([elided], coderOnly);
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'repair' }]);
    await answer(at, second);
    const { files, status } = await stateOf(at);
    expect(status).toBe('completed');
    expect(files.find(({ path }) => path === 'src/a.ts')).toMatchObject({ elided: true });
    expect((await filesIn(at))['src/a.ts']).toContain('v3 = 33');
  });

  test('and stays so called until a later stage writes it without a placeholder', async () => {
    const again = block(
      'src/a.ts',
      '// ... existing code ...\nexport const v3 = 34;\n// ... rest stays the same',
    );
    const at = await scene([elided, elided, changes, again, changes], {
      pipeline: { roles: ['coder', 'reviewer', 'refiner'], maxRefinements: 2 },
    });
    expect((await filesIn(at))['src/a.ts']).toContain('v3 = 34');
    expect((await stateOf(at)).files).toMatchObject([{ path: 'src/a.ts', elided: true }]);
    await answer(at, block('src/a.ts', lines(0, 3)));
    expect((await stateOf(at)).files[0]).not.toHaveProperty('elided');
  });

  test('is taken at once where no attempt is left', async () => {
    const at = await scene([elided + open], { ...coderOnly, limits: { maxAttemptsPerStage: 1 } });
    expect(await stateOf(at)).toMatchObject({
      status: 'completed',
      files: [{ path: 'src/a.ts', elided: true }],
    });
  });

  test('an architect and a documenter are not: they are not there for files', async () => {
    const at = await scene(['plan', '# Manual'], { pipeline: { roles: ['architect', 'documenter'] } });
    expect(at.provider.calls).toHaveLength(2);
  });
});

test('a file of more pieces than an event may have does not end the run', async () => {
  const numbered = Array.from({ length: 3000 }, (_, index) => `${index + 1}| line ${index}`).join('\n');
  const at = await scene([block('src/long.ts', numbered) + block('src/a.ts')], coderOnly);
  const { status, stages, files } = await stateOf(at);
  expect(status).toBe('completed');
  const said = [...files, ...(stages[0]?.attempts[0]?.skipped ?? [])].map(({ path }) => path);
  expect(said).toContain('src/long.ts');
  expect(said).toContain('src/a.ts');
});

describe('what is no fault', () => {
  test('a removal alone', async () => {
    const at = await scene([block('src/a.ts'), changes, deletes('src/a.ts')], pair);
    expect((await lastStage(at))?.role).toBe('reviewer');
    expect(await filesIn(at)).toEqual({});
  });

  test('a refiner that changes nothing and says so', async () => {
    const at = await scene([block('src/a.ts'), changes, unchanged], pair);
    expect((await stateOf(at)).stages.map(({ role }) => role)).toEqual([
      'coder',
      'reviewer',
      'refiner',
      'reviewer',
    ]);
  });

  test('a coder at a later visit that changes nothing and says so; at its first it is one', async () => {
    const at = await scene([unchanged], pair);
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'repair' }]);
    await answer(at, block('src/a.ts'));
    await accept(at, { kind: 'redirect', to: 'coder', expect: 'any' });
    await at.engine.clock.runTurns();
    await answer(at, unchanged);
    expect((await lastStage(at))?.role).toBe('reviewer');
  });
});

describe('the files at an attempt', () => {
  const at = async (scene: Scene, stage: number, attempt: number) => {
    const files = scene.engine.supervisor.files({ runId: scene.runId, at: { stage, attempt } }, principal);
    return (await settle(scene.engine.clock, files)).map(
      ({ path, text, from }) => `${from} ${path} ${text.trim()}`,
    );
  };

  test('are those that there were when it had ended: given, written, changed, removed', async () => {
    const run = await scene(
      [
        block('src/a.ts', 'one') + open,
        block('src/b.ts', 'b'),
        changes,
        block('src/a.ts', 'two') + deletes('lib.ts'),
      ],
      { ...pair, files: [{ path: 'lib.ts', text: 'given\n' }] },
    );
    expect(await at(run, 1, 1)).toEqual(['input lib.ts given', 'stage src/a.ts one']);
    expect(await at(run, 1, 2)).toEqual(['input lib.ts given', 'stage src/a.ts one', 'stage src/b.ts b']);
    expect(await at(run, 2, 1)).toEqual(await at(run, 1, 2));
    expect(await at(run, 3, 1)).toEqual(['stage src/b.ts b', 'stage src/a.ts two']);
    await answer(run, approved);
    expect(await at(run, 4, 1)).toEqual(await at(run, 3, 1));
  });

  test('of a cancelled attempt are those that it had closed', async () => {
    const run = await scene([], { pipeline: { roles: ['coder', 'documenter'] } });
    await said(run, block('src/a.ts', 'one') + open);
    await accept(run, { kind: 'cancel', target: 'stage', expect: 'any' });
    await run.engine.clock.runTurns();
    expect(await at(run, 1, 1)).toEqual(['stage src/a.ts one']);
  });

  test('are not there while it runs, nor for an attempt that never was', async () => {
    const run = await scene([block('src/a.ts')], pair);
    for (const [stage, attempt] of [
      [2, 1],
      [1, 2],
      [9, 1],
    ] as const) {
      expect((await refusal(at(run, stage, attempt))).code).toBe('ATTEMPT_NOT_FOUND');
    }
  });
});
