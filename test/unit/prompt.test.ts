import { describe, expect, test } from 'vitest';
import { buildPrompt } from '../../server/pipeline/prompt.ts';
import type { PromptInput } from '../../server/pipeline/prompt-input.ts';
import { roles } from '../../server/pipeline/roles.ts';
import { fencedBlocks } from '../support/fenced-blocks.ts';
import { contextFile, fullInput, promptInput, roleOf, writtenFile } from '../support/prompt-input.ts';

function firstText(more: Partial<PromptInput> = {}): string {
  return buildPrompt(promptInput(more)).messages[0]?.text ?? '';
}

function headingsOf(text: string): string[] {
  return fencedBlocks(text)
    .outside.split('\n')
    .filter((line) => line.startsWith('# '));
}

const shared = [
  '# Task',
  '# Instructions for every role',
  '# Files given with the task',
  '# Design by the architect',
  '# Files as they are now, the latest change last',
  '# Notes of the roles beside their files',
  '# Code blocks that became no file',
  '# Unfinished file',
];

describe('the layout', () => {
  test.each([
    { role: 'architect', review: ['# Review 1, the latest'] },
    { role: 'coder', review: ['# Review 1, the latest'] },
    { role: 'reviewer', review: ['# Review 1, the latest'] },
    { role: 'refiner', review: ['# Issues that the reviewer found'] },
    { role: 'tester', review: [] },
    { role: 'documenter', review: ['# Review 1, the latest'] },
  ])('of the $role: what all share, the review, the role, then steers', ({ role, review }) => {
    expect(headingsOf(buildPrompt(fullInput(role)).messages[0]?.text ?? '')).toEqual([
      ...shared,
      ...review,
      `# Your role: ${role}`,
      '# Instructions given while the work was in progress',
    ]);
  });

  test('has one system text for all roles', () => {
    const systems = roles.map(({ role }) => buildPrompt(fullInput(role)).system);
    expect(new Set(systems).size).toBe(1);
  });

  test('of a run without anything is the task and the role', () => {
    expect(headingsOf(firstText())).toEqual(['# Task', '# Your role: coder']);
  });

  test('has the form of the answer behind the instructions for the role, and those of no other role', () => {
    const text = firstText({ instructions: { coder: 'Use Rust.', all: 'Be brief.', tester: 'Use vitest.' } });
    const { answer } = roleOf('coder').prompt;
    expect(text.indexOf('Be brief.')).toBeLessThan(text.indexOf('# Your role'));
    expect(text.indexOf('Use Rust.')).toBeGreaterThan(text.indexOf('# Your role'));
    expect(text.endsWith(answer)).toBe(true);
    expect(text).not.toContain('vitest');
  });

  test('is as deep as the files: what is the same for all roles ends behind them', () => {
    const prompts = roles.map(({ role }) => buildPrompt(fullInput(role)).messages[0]);
    const [first] = prompts;
    const end = first?.cacheEnds?.at(-1) ?? 0;
    const start = first?.text.slice(0, end).replace('Only for', '') ?? '';
    expect(start).toContain('2| tock();');
    for (const prompt of prompts) expect(prompt?.text.startsWith(start)).toBe(true);
  });
});

describe('files', () => {
  test('stand in a block with their path, each line behind its number', () => {
    const text = firstText({ files: [contextFile('src/a.ts', 'let a;\n\nlet b;\n')] });
    expect(text).toContain('```ts src/a.ts\n1| let a;\n2|\n3| let b;\n```');
  });

  test('that a role changed stand among the written ones only', () => {
    const text = firstText({ files: [writtenFile('lib/time.ts', 'later();\n')] });
    expect(headingsOf(text)).not.toContain('# Files given with the task');
    expect(text).toContain('1| later();');
  });

  test('that leave something out are said to', () => {
    const file = { ...writtenFile('a.ts', '// rest unchanged\n'), elided: true as const };
    expect(firstText({ files: [file] })).toContain('left out parts of it');
  });

  const endsOf = (more: Partial<PromptInput>) => {
    const message = buildPrompt(promptInput(more)).messages[0];
    return message?.cacheEnds?.map((end) => message.text.slice(0, end).trimEnd().split('\n').at(-2));
  };
  const design = { text: 'Design.' };
  const lines = (name: string, count: number) => `${name}\n`.repeat(count);

  test('have ends for a cache behind the context files and the design until one is written', () => {
    const files = [contextFile('c.ts', 'c\n')];
    expect(endsOf({ files })).toEqual(['1| c']);
    expect(endsOf({ files, design })).toEqual(['1| c', 'Design.']);
    expect(endsOf({ files: [...files, writtenFile('a.ts', 'a\n')], design })).toEqual(['Design.', '1| a']);
  });

  test('have ends for a cache where their length reaches a power of two, and half of it', () => {
    const written = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => writtenFile(`${name}.ts`, lines(name, 130)));
    expect(endsOf({ files: written, design })).toEqual(['Design.', '130| c', '130| e', '130| f']);
    // What was changed comes last: the ends before it stay.
    const changed = [...written.slice(0, 3), ...written.slice(4), writtenFile('d.ts', lines('D', 130), 4)];
    expect(endsOf({ files: changed, design })).toEqual(['Design.', '130| c', '130| f', '130| D']);
  });
});

describe('the tester’s files', () => {
  const files = [
    writtenFile('src/a.ts', 'CODE\n'),
    { ...writtenFile('test/a.ts', 'TESTS\n', 5), writer: 'tester' },
  ];

  test('are only named to the documenter, and shown to all others', () => {
    for (const { role } of roles) {
      const text = firstText({ role: roleOf(role), files });
      expect(text).toContain('CODE');
      expect(text.includes('TESTS')).toBe(role !== 'documenter');
      expect(text).toContain('test/a.ts');
    }
  });
});

describe('what is not a file', () => {
  test('a design that was cut off says how', () => {
    expect(firstText({ design: { text: 'D', cutBy: 'length' } })).toContain(
      '# Design by the architect (cut off at the limit of its length)',
    );
    expect(firstText({ design: { text: 'D', cutBy: 'interruption' } })).toContain('(interrupted before');
  });

  test('notes name their role and stage, and what it removed', () => {
    const { outside, blocks } = fencedBlocks(
      firstText({
        notes: [
          { role: 'coder', stage: 2, text: 'ONE', removed: [] },
          { role: 'refiner', stage: 4, text: ' ', removed: ['src/list.ts'] },
          { role: 'tester', stage: 6, text: '', removed: [] },
        ],
      }),
    );
    expect(outside).toContain('## coder, stage 2');
    expect(outside).toContain('## refiner, stage 4\n\nFiles removed:');
    expect(outside).not.toContain('## tester');
    expect(blocks.map(({ content }) => content)).toEqual(expect.arrayContaining(['ONE\n', 'src/list.ts\n']));
  });

  test('skipped blocks are told in plain words, equal ones once', () => {
    const text = firstText({
      skipped: [
        { role: 'coder', reason: 'no_path' },
        { role: 'coder', reason: 'no_path' },
        { role: 'refiner', reason: 'elided', path: 'src/a.ts' },
      ],
    });
    expect(text).toContain('a block (coder): nothing names its file, 2 times\n');
    expect(text).toContain('src/a.ts (refiner): it leaves out parts of the file that is there');
  });

  test('an unfinished file is shown with its path and without numbers', () => {
    const text = firstText({ unfinished: [{ role: 'coder', path: 'src/a.ts', text: 'const a' }] });
    expect(text).toContain('```ts src/a.ts\nconst a\n```');
  });
});

describe('a review', () => {
  const issues = [
    { severity: 'major' as const, message: 'It leaks.', file: 'a.ts', line: 3, suggestion: 'Close it.' },
  ];
  const review = { stage: 3, verdict: 'changes_requested' as const, issues };

  test('is the work of the refiner', () => {
    const text = firstText({ role: roleOf('refiner'), review, reviews: 1 });
    expect(text).toContain('1. [major in a.ts, line 3] It leaks.\nSuggestion: Close it.');
    expect(text).not.toContain('asks for changes.');
  });

  test('is a report to the others, with its verdict', () => {
    const text = firstText({ role: roleOf('documenter'), review, reviews: 2 });
    expect(text).toContain('# Review 2, the latest\n\nIt asks for changes.');
    expect(text).toContain('It leaks.');
  });

  test.each([
    ['approved', 'It approves the code. It names no issue.'],
    ['unknown', 'It gives no verdict that could be used.'],
    [null, 'The reviewer was stopped before it gave a verdict.'],
  ] as const)('with the verdict %s says so', (verdict, words) => {
    const text = firstText({ role: roleOf('coder'), review: { ...review, verdict, issues: [] }, reviews: 1 });
    expect(text).toContain(words);
  });

  test('is followed by another one that is told the round, and what has changed since', () => {
    const text = firstText({
      role: roleOf('reviewer'),
      review,
      reviews: 1,
      files: [writtenFile('src/a.ts', 'a\n', 2), writtenFile('src/b.ts', 'b\n', 4)],
      notes: [{ role: 'refiner', stage: 4, text: '', removed: ['src/c.ts'] }],
    });
    expect(text).toContain('This is review 2.');
    expect(text).toContain('Changed since that review:\n\n```\nsrc/b.ts\n```');
    expect(text).toContain('Removed since that review:\n\n```\nsrc/c.ts\n```');
  });

  test('is told which planned files are missing, and nobody else is', () => {
    const more = {
      design: { text: '```files\nsrc/a.ts\nsrc/b.ts\n```\n' },
      files: [writtenFile('src/a.ts', 'a\n')],
    };
    expect(firstText({ role: roleOf('reviewer'), ...more })).toContain(
      'Planned but missing:\n\n```\nsrc/b.ts\n```',
    );
    expect(firstText({ role: roleOf('tester'), ...more })).not.toContain('Planned but missing');
  });

  test('is told that there is no file, if a coder has had its turn for nothing', () => {
    const role = roleOf('reviewer');
    expect(firstText({ role, lacksCode: true, files: [contextFile('a.ts', 'a\n')] })).toContain(
      'There is no file',
    );
    expect(firstText({ role })).not.toContain('There is no file');
  });
});

describe('the documenter', () => {
  test('writes a README, or a file block if there is one already', () => {
    const role = roleOf('documenter');
    expect(firstText({ role })).toContain('it becomes README.md');
    const text = firstText({ role, files: [contextFile('readme.rst', 'Old.\n')] });
    expect(text).toContain('There is readme.rst already.');
    expect(text).toContain('~~~rst readme.rst');
    expect(firstText({ role, files: [contextFile('docs/README.md', 'Old.\n')] })).toContain(
      'it becomes README.md',
    );
  });
});
