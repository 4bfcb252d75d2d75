import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startModelCases, type ModelCases } from '../support/model-cases.ts';
import { major, requestsChanges, approves } from '../support/model-reviews.ts';
import { block } from '../support/scene.ts';

let cases: ModelCases;
beforeAll(async () => {
  cases = await startModelCases();
});
afterAll(async () => {
  await cases?.[Symbol.asyncDispose]();
});

/** The files of a run whose coder answers this. */
async function filesOf(answer: string): Promise<Readonly<Record<string, string>>> {
  return (await cases.play({ answers: { coder: [answer] } })).files;
}

const constants = (count: number) =>
  Array.from({ length: count }, (_, index) => `export const v${index} = ${index};`).join('\n');

describe('names of files', () => {
  test.each([
    ['xml', 'Queue.csproj'],
    ['text', 'go.mod'],
    ['groovy', 'build.gradle'],
    ['toml', 'Pipfile'],
  ])('a block of language %s with the path %s is a file of the root folder', async (language, path) => {
    const answer = `\`\`\`${language} ${path}\nx\n\`\`\`\n\n\`\`\`text src/main.txt\ny\n\`\`\`\n`;
    expect(await filesOf(answer)).toEqual({ [path]: 'x\n', 'src/main.txt': 'y\n' });
  });

  test('backslashes of Windows are slashes, in an info string and in a heading', async () => {
    const answer = '```ts src\\queue.ts\nQ\n```\n\nsrc\\test\\queue.test.ts\n```ts\nT\n```\n';
    expect(await filesOf(answer)).toEqual({ 'src/queue.ts': 'Q\n', 'src/test/queue.test.ts': 'T\n' });
  });

  test('what stands around a path is no part of it: brackets, a colon, a line range, "file:"', async () => {
    const names = ['(src/a.ts)', 'src/b.ts:', 'src/c.ts:1-20', 'file:src/d.ts', '[src/e.ts]'];
    const paths = ['src/a.ts', 'src/b.ts', 'src/c.ts', 'src/d.ts', 'src/e.ts'];
    const answer = names.map((name, index) => block(name, `FILE ${index}`)).join('\n');
    expect(await filesOf(answer)).toEqual(
      Object.fromEntries(paths.map((path, index) => [path, `FILE ${index}\n`])),
    );
  });

  test('the line above a block names it, in the usual forms', async () => {
    const headings = {
      'src/a.ts': '#### File 1: src/a.ts',
      'src/b.ts': '### `src/b.ts` — the entry',
      'src/c.ts': 'Create `src/c.ts`:',
      'src/d.ts': '**2. src/d.ts**',
      'src/e.ts': '--- src/e.ts ---',
    };
    const answer = Object.entries(headings).map(([path, line]) => `${line}\n\`\`\`ts\n${path}\n\`\`\`\n`);
    expect(await filesOf(answer.join('\n'))).toEqual(
      Object.fromEntries(Object.keys(headings).map((path) => [path, `${path}\n`])),
    );
  });

  test('a bare lower-case word behind the language is no path', async () => {
    const answer = '```js live\nx()\n```\n\n```python main\nmain()\n```\n\n```ts src/a.ts\nA\n```\n';
    expect(await filesOf(answer)).toEqual({ 'src/a.ts': 'A\n' });
  });
});

describe('blocks', () => {
  test('a README whose fence is as short as the fence of the command in it ends at its own fence', async () => {
    const readme = '# Queue\n\n```sh\nnpm i\n```\n\nThen run it.\n';
    const answer = `Notes.\n\n\`\`\`md README.md\n${readme}\`\`\`\n\n${block('src/queue.ts', 'Q')}\n${block('src/index.ts', 'I')}`;
    expect(await filesOf(answer)).toEqual({
      'README.md': readme,
      'src/queue.ts': 'Q\n',
      'src/index.ts': 'I\n',
    });
  });

  test('of an answer that stands in one Markdown fence, the blocks are the files', async () => {
    const answer = `\`\`\`\`markdown\nNotes.\n\n${block('src/a.ts', 'A')}\n${block('src/b.ts', 'B')}\`\`\`\`\n`;
    expect(await filesOf(answer)).toEqual({ 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' });
  });

  test('a <file path="…"> tag is a block', async () => {
    const answer = '<file path="src/a.ts">\nexport const a = 1;\n</file>\n';
    expect(await filesOf(answer)).toEqual({ 'src/a.ts': 'export const a = 1;\n' });
  });
});

describe('thoughts in tags', () => {
  const roles = ['coder', 'reviewer'];

  test('before the answer they give no file, and no later role reads them', async () => {
    const draft = `${block('src/all.ts', 'THOUGHT')}or\n\`\`\`ts\nconst x = 1\nNo, two files.\n`;
    const answer = `<think>\nPerhaps all in one:\n${draft}</think>\n\nNotes.\n\n${block('src/a.ts', 'A')}\n${block('src/b.ts', 'B')}`;
    const { files, prompts, events } = await cases.play({ roles, answers: { coder: [answer] } });
    expect(files).toEqual({ 'src/a.ts': 'A\n', 'src/b.ts': 'B\n' });
    expect(prompts('reviewer')).toHaveLength(1);
    expect(prompts('reviewer')[0]).not.toContain('THOUGHT');
    const reasoning = events.map((event) => (event.type === 'stage.reasoning' ? event.text : ''));
    expect(reasoning.join('')).toContain('THOUGHT');
  });

  test('what stands before a closing tag without an opening one is a thought', async () => {
    const answer = `I could do a draft first:\n\n${block('src/draft.ts', 'D')}\nNo, better:\n</think>\n\n${block('src/a.ts', 'A')}`;
    const { files, prompts } = await cases.play({ roles, answers: { coder: [answer] } });
    expect(files).toEqual({ 'src/a.ts': 'A\n' });
    expect(prompts('reviewer')[0]).not.toContain('I could do a draft first');
  });

  test('a thought that never ends is no answer', async () => {
    const answer = `<think>Let me see.\n\n${block('src/draft.ts', 'D')}`;
    const { files, state } = await cases.play({ maxAttemptsPerStage: 1, answers: { coder: [answer] } });
    expect(state.failure).toMatchObject({ code: 'OUTPUT_INVALID', reason: 'thought_unfinished' });
    expect(files).toEqual({});
  });
});

describe('a file that exists', () => {
  const roles = ['coder', 'reviewer', 'refiner'];
  const reviewer = [requestsChanges(major('An empty queue is not handled.')), approves];

  test('is not replaced by a text that says "the rest stays the same"', async () => {
    const elided = block(
      'src/a.ts',
      '// ... existing code ...\nexport const v3 = 33;\n// ... rest of the file stays the same',
    );
    const played = await cases.play({
      roles,
      answers: { coder: [block('src/a.ts', constants(30))], reviewer, refiner: [elided] },
    });
    expect(played.files).toEqual({ 'src/a.ts': `${constants(30)}\n` });
    // Asked once more, and then it is said.
    expect(played.prompts('refiner')).toHaveLength(2);
    expect(played.events.filter((event) => event.type === 'artifact.skipped')).toMatchObject([
      { reason: 'elided', path: 'src/a.ts', attempt: 1 },
      { reason: 'elided', path: 'src/a.ts', attempt: 2 },
    ]);
  });

  test('is not replaced by a line range of it; brackets of a name stay', async () => {
    const coder =
      block('src/c.ts', constants(30)) +
      block('app/[id]/page.tsx', 'P') +
      block('app/(auth)/layout.tsx', 'L');
    const refiner = `Lines 1-3 now:\n\n${block('src/c.ts:1-3', constants(3).replace('= 2', '= 3'))}`;
    const { files, events } = await cases.play({
      roles,
      answers: { coder: [coder], reviewer, refiner: [refiner] },
    });
    expect(files).toEqual({
      'src/c.ts': `${constants(30)}\n`,
      'app/[id]/page.tsx': 'P\n',
      'app/(auth)/layout.tsx': 'L\n',
    });
    expect(events).toContainEqual(
      expect.objectContaining({ type: 'artifact.skipped', reason: 'excerpt', path: 'src/c.ts' }),
    );
  });

  test('goes by an empty block "delete": a rename is that and a new file', async () => {
    const refiner = `src/list.ts is replaced by src/ring.ts.\n\n\`\`\`delete src/list.ts\n\`\`\`\n\n${block('src/ring.ts', 'new')}`;
    const { files } = await cases.play({
      roles,
      answers: {
        coder: [block('src/list.ts', 'old') + block('src/b.ts', 'B')],
        reviewer,
        refiner: [refiner],
      },
    });
    expect(files).toEqual({ 'src/ring.ts': 'new\n', 'src/b.ts': 'B\n' });
  });
});

describe('an answer without a file', () => {
  const roles = ['coder', 'reviewer'];
  const prose = 'Sure! I would begin with a queue module. Shall I write it?';

  test('is asked for once more', async () => {
    const played = await cases.play({ roles, answers: { coder: [prose, block('src/a.ts', 'A')] } });
    expect(played.files).toEqual({ 'src/a.ts': 'A\n' });
    expect(played.state.verdict).toBe('approved');
  });

  test('is never approved: the reviewer is told, and the verdict is unknown', async () => {
    const { files, state, prompts } = await cases.play({ roles, answers: { coder: [prose] } });
    expect(files).toEqual({});
    expect(state).toMatchObject({ status: 'completed', verdict: 'unknown' });
    expect(prompts('coder')).toHaveLength(2);
    expect(prompts('reviewer').at(-1)).toContain('There is no file: no role has written one');
  });
});
