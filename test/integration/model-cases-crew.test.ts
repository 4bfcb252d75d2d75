import { afterAll, beforeAll, expect, test } from 'vitest';
import { startModelCases, type ModelCases } from '../support/model-cases.ts';
import { approves, major, requestsChanges } from '../support/model-reviews.ts';
import { block } from '../support/scene.ts';

let cases: ModelCases;
beforeAll(async () => {
  cases = await startModelCases();
});
afterAll(async () => {
  await cases?.[Symbol.asyncDispose]();
});

test('later prompts hold each file as it is now and once, also after refiners that returned a part of them', async () => {
  const { files, prompts } = await cases.play({
    roles: ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'],
    maxRefinements: 2,
    answers: {
      coder: [block('src/a.ts', 'A-FIRST') + block('src/b.ts', 'B-FIRST') + block('src/c.ts', 'C-FIRST')],
      reviewer: [
        requestsChanges(major('a is wrong')),
        requestsChanges(major('b is wrong', { file: 'src/b.ts' })),
        approves,
      ],
      refiner: [block('src/a.ts', 'A-SECOND'), block('src/b.ts', 'B-THIRD')],
    },
  });
  expect(files).toEqual({
    'src/a.ts': 'A-SECOND\n',
    'src/b.ts': 'B-THIRD\n',
    'src/c.ts': 'C-FIRST\n',
    'test/a.test.ts': 'ok();\n',
    'README.md': '# Read me',
  });
  const marks = (prompt = '') => Array.from(prompt.matchAll(/[ABC]-[A-Z]+/g), ([mark]) => mark).toSorted();
  expect(prompts('refiner').map(marks)).toEqual([
    ['A-FIRST', 'B-FIRST', 'C-FIRST'],
    ['A-SECOND', 'B-FIRST', 'C-FIRST'],
  ]);
  const now = ['A-SECOND', 'B-THIRD', 'C-FIRST'];
  expect(marks(prompts('reviewer')[2])).toEqual(now);
  expect(marks(prompts('tester')[0])).toEqual(now);
  expect(marks(prompts('documenter')[0])).toEqual(now);
});

test('a text that is cut at the length limit inside a file goes on where it stopped', async () => {
  const { files, events, prompts } = await cases.play({
    roles: ['coder', 'reviewer'],
    answers: {
      coder: [
        {
          tokens: [block('src/a.ts', 'A'), '\n```ts src/b.ts\nexport function b() {\n  return '],
          finish: 'length',
        },
        '1;\n}\n```\n',
      ],
    },
  });
  expect(files).toEqual({ 'src/a.ts': 'A\n', 'src/b.ts': 'export function b() {\n  return 1;\n}\n' });
  expect(events).toContainEqual(expect.objectContaining({ type: 'stage.interrupted', cause: 'length' }));
  expect(prompts('coder')).toHaveLength(2);
});

test('of an Ollama that has read less than half of a long prompt, the run fails with the variable to set', async () => {
  const big = Array.from({ length: 300 }, (_, index) => `export const v${index} = ${index}; // filler`);
  const answer = {
    tokens: ['You shared a snippet. What should I do with it?'],
    usage: { input: 700, output: 12 },
  };
  const given = { files: [{ path: 'src/big.ts', text: big.join('\n') }], maxAttemptsPerStage: 1 };
  const ollama = await cases.play({ ...given, provider: 'ollama', answers: { coder: [answer] } });
  expect(ollama.state.failure).toMatchObject({
    code: 'CONTEXT_TOO_LONG',
    message: expect.stringContaining('OLLAMA_CONTEXT_LENGTH'),
  });
  // Servers of the same API that count in another way are not blamed.
  const other = await cases.play({ ...given, answers: { coder: [answer] } });
  expect(other.state.failure?.code).not.toBe('CONTEXT_TOO_LONG');
});
