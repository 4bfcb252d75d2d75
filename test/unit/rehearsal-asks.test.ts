import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import { describe, expect, test } from 'vitest';
import { examples } from '../../console/start/examples.ts';
import { lines } from '../support/rehearsal-lines.ts';

// What people type first. A simulated model that disobeys the first steer makes the product look broken.

interface Answer {
  /** Everything that the coder wrote, with what was there before the instruction. */
  readonly text: string;
  readonly paths: readonly string[];
  readonly code: string;
}

const tasks = ['A rate limiter in TypeScript, with tests', ...examples.map(({ task }) => task)];

/** The coder's answer to an instruction that came when it had written a part of its text. */
function answer(task: string, instruction: string, part: number): Answer {
  const whole = lines({ task }, 'seed=1');
  const keptText = whole.slice(0, Math.floor(whole.length * part));
  const text = keptText + lines({ task, keptText, attempt: 2, instructions: [instruction] }, 'seed=1');
  const { files, removed } = readFiles(text);
  const gone = new Set(removed.map(({ path }) => path));
  const left = files.filter(({ path }) => !gone.has(path));
  return {
    text,
    paths: left.map(({ path }) => path),
    code: left.map(({ parts }) => joinParts(text, parts)).join('\n'),
  };
}

const programs = (paths: readonly string[]) => paths.filter((path) => !/test/.test(path));

const kinds: Readonly<
  Record<string, { readonly asks: readonly string[]; readonly holds: (it: Answer, task: string) => boolean }>
> = {
  'one file': {
    asks: [
      'Keep it in one file.',
      'keep everything in one file',
      'Just one file please',
      'Only 1 file',
      'Put it all in a single file',
      'Single-file, please.',
      'Merge it into one file',
      'I want one file, not three',
      "Don't split it up.",
      'Don’t use multiple files',
      'No extra files',
      'Fewer files',
      'Combine the files',
    ],
    holds: ({ paths }) => programs(paths).length === 1,
  },
  shorter: {
    asks: [
      'Make it shorter.',
      'Shorter',
      'Be brief',
      'Too long',
      'This is too long, cut it in half',
      'half as long',
      'Keep it short and simple',
      'Less code',
      'less verbose please',
      'Cut it down',
    ],
    holds: ({ code }, task) => code.length < answer(task, '', 0).code.length * 0.7,
  },
  Python: {
    asks: ['Use Python', 'In Python, please', 'Write it in python instead', 'Switch to Python.'],
    holds: ({ paths }) => paths.every((path) => path.endsWith('.py')),
  },
  JavaScript: {
    asks: ['Use JavaScript', 'No TypeScript', 'plain JS', 'without TypeScript'],
    holds: ({ paths }) => paths.every((path) => path.endsWith('.js')),
  },
  'no classes': {
    asks: ['No classes', "Don't use classes.", 'without classes', 'functions instead of classes'],
    holds: ({ code }) => !/\bclass /.test(code),
  },
  classes: {
    asks: ['Use classes', 'Use a class for it'],
    holds: ({ code }) => /\bclass /.test(code),
  },
  'a name': {
    asks: [
      'Call it Gate.',
      'name it Gate',
      'It should be called Gate',
      'Rename it to Gate',
      'Let’s call it “Gate”',
    ],
    holds: ({ code, paths }) => /\bGate\b/.test(code) && paths.join(' ').includes('gate'),
  },
  'a name of one letter': {
    asks: ['Call it X', 'Name the class X.'],
    holds: ({ code }) => /\bX\b/.test(code),
  },
  'no comments': {
    asks: ['No comments', 'Remove the comments'],
    holds: ({ code }) => !/^\s*(?:\/\/|\/\*\*|# )/m.test(code),
  },
  tests: {
    asks: ['Add tests', 'Now add tests.', 'also write some tests'],
    holds: ({ paths }) => paths.length - programs(paths).length === 2,
  },
  'a mention': {
    asks: ['Mention Redis.', 'mention Redis', 'Please mention “Redis” too', 'Include the word Redis'],
    holds: ({ text }) => (text.match(/\bRedis\b/g) ?? []).length > 1,
  },
  'what it cannot do': {
    asks: ['Write it in Rust', 'Use Go', 'Use two files.', 'Split it into 5 files'],
    holds: ({ text }) => /The rehearsal (?:cannot write|writes one file or three files)/.test(text),
  },
};

describe.each(Object.entries(kinds))('%s', (_kind, { asks, holds }) => {
  test.each(asks)('%s', (ask) => {
    // A restart, and a continuation from several points.
    const parts = [0, 0.05, 0.3, 0.6, 0.95];
    const cases = tasks.flatMap((task) => parts.map((part) => ({ task, part })));
    expect(cases.filter(({ task, part }) => !holds(answer(task, ask, part), task))).toEqual([]);
  });
});

test('a task with tests has some, from the coder if there is no tester', () => {
  const task = 'A rate limiter in TypeScript, with tests';
  const paths = (hasTester: boolean) =>
    readFiles(lines({ task, hasTester }, 'seed=1')).files.map(({ path }) => path);
  expect(paths(true)).toEqual(['src/rate-limiter.ts', 'src/rate-limiter-rules.ts', 'src/main.ts']);
  for (const example of tasks.filter((it) => /\btests\b/.test(it))) {
    const { files } = readFiles(lines({ task: example, hasTester: false }, 'seed=1'));
    expect(files.filter(({ path }) => path.includes('.test.'))).toHaveLength(2);
  }
  expect(paths(false)).toEqual([
    ...paths(true),
    'test/rate-limiter.test.ts',
    'test/rate-limiter-rules.test.ts',
  ]);
});

test('a wish for tests does not name the program', () => {
  expect(answer('A rate limiter in TypeScript, with tests', '', 0).paths[0]).toBe('src/rate-limiter.ts');
  expect(answer('A parser, including unit tests', '', 0).paths[0]).toBe('src/parser.ts');
  expect(answer('Build a test runner', '', 0).paths[0]).toBe('src/test-runner.ts');
});
