import { describe, expect, test } from 'vitest';
import { growingFiles, growingText } from '../../console/files/growing-files.ts';
import { stateAfter, steered } from '../support/rendered-run.ts';

const files = (text: string, wholePath?: string) =>
  growingFiles({ stage: 1, attempt: 1, text, wholePath }).map(
    ({ path, text: content, isOpen }) => [path, content, isOpen] as const,
  );

describe('the files in a growing text', () => {
  test('are its named blocks, the last one open', () => {
    expect(files('One:\n\n```ts src/a.ts\nconst a = 1;\n```\n\n```ts src/b.ts\nconst b')).toEqual([
      ['src/a.ts', 'const a = 1;\n', false],
      ['src/b.ts', 'const b', true],
    ]);
  });

  test('leave out blocks without a path, removals and unsafe paths', () => {
    expect(
      files('```sh\nnpm test\n```\n```delete src/old.ts\n```\n```ts ../../etc/passwd\nx\n```\n'),
    ).toEqual([]);
  });

  test('have the last text of a path', () => {
    expect(files('```ts a.ts\nold\n```\n\n```ts a.ts\nnew\n```\n')).toEqual([['a.ts', 'new\n', false]]);
  });

  test('include the README that a whole text becomes, unless it names one', () => {
    expect(files('# Title\n\nText', 'README.md')).toEqual([['README.md', '# Title\n\nText', true]]);
    expect(files('```md README.md\n# Title\n```\n', 'README.md')).toEqual([
      ['README.md', '# Title\n', false],
    ]);
    expect(files('', 'README.md')).toEqual([]);
  });

  test('exist only while an attempt runs', () => {
    const run = stateAfter(steered);
    const [stage] = run.stages;
    if (stage === undefined) throw new Error('The run has no stage.');
    const [attempt] = stage.attempts;
    if (attempt === undefined) throw new Error('The stage has no attempt.');
    const at = (status: 'running' | 'completed', format: 'code' | 'json' | 'markdown') =>
      growingText({
        ...run,
        files: [],
        stages: [{ ...stage, role: 'coder', format, attempts: [{ ...attempt, status }] }],
      });
    expect(at('running', 'code')).toMatchObject({ stage: stage.stage, wholePath: undefined });
    expect(at('completed', 'code')).toBeUndefined();
    expect(at('running', 'json')).toBeUndefined();
    expect(at('running', 'markdown')).toBeUndefined();
  });
});
