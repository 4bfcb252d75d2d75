import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles } from '@stagewire/shared/text/read-files';
import { describe, expect, test } from 'vitest';
import type { RehearsalContext } from '../../server/providers/provider.ts';
import { readRequirements } from '../../server/providers/rehearsal-requirements.ts';
import { lines } from '../support/rehearsal-lines.ts';

const ts = 'src/token-bucket-rate.ts';

function filesOf(text: string): Map<string, string> {
  return new Map(readFiles(text).files.map(({ path, parts }) => [path, joinParts(text, parts)]));
}

function written(instructions: readonly string[], change: Partial<RehearsalContext> = {}, shape = 'seed=1') {
  const text = lines({ instructions, ...change }, shape);
  const files = filesOf(text);
  return { text, files, paths: [...files.keys()], code: [...files.values()].join('\n') };
}

function countLines(text: string): number {
  return text.trimEnd().split('\n').length;
}

describe('one file', () => {
  test.each([
    'Keep it in one file.',
    'keep it in one file',
    'One file, please.',
    'Please put everything in a single file.',
    'Use only one file',
    'I want just one source file.',
    'Make it a single-file solution',
    'All of it in the same file.',
    'Merge all files into one.',
    "Don't split it into several files.",
    'No separate files.',
    'Not more than one file',
    'As a single module, please',
  ])('%s', (text) => {
    expect(written([text]).paths).toEqual([ts]);
  });

  test.each([
    ['Split it into three files.'],
    ['Use several files.'],
    ['One file per class, please.'],
    ["Don't keep it in one file."],
    ['Keep it in one file.', 'No, use separate files after all.'],
  ])('%s %s is not one', (...texts) => {
    expect(written(texts.filter((text) => typeof text === 'string')).paths).toHaveLength(3);
  });

  test('in the task counts as well, and the last word counts most', () => {
    expect(written([], { task: 'A stack, in one file' }).paths).toEqual(['src/stack-file.ts']);
    expect(written(['Several files, please'], { task: 'A stack, in one file' }).paths).toHaveLength(3);
  });

  test('is what plan, tests and page speak of too', () => {
    const instructions = ['Keep it in one file.'];
    for (const role of ['architect', 'tester', 'documenter', 'reviewer']) {
      expect(lines({ role, instructions }, 'seed=1')).not.toMatch(/-rules\.ts'|src\/main\.ts|-rules\.ts`/);
    }
    expect(lines({ role: 'architect', instructions })).toContain(`| \`${ts}\` |`);
  });
});

describe('fewer lines', () => {
  const full = written([]).code;

  test.each([
    'Use fewer lines.',
    'Make it shorter.',
    'Less code, please',
    'Keep it short',
    'Be brief',
    'More compact, please.',
    'Can you simplify it?',
    'This is too long.',
  ])('%s', (text) => {
    const { code, paths } = written([text]);
    expect(paths).toHaveLength(3);
    expect(countLines(code)).toBeLessThan(countLines(full) * 0.6);
  });

  test.each<[string, number]>([
    ['Keep every file below 60 lines.', 59],
    ['at most 30 lines', 30],
    ['No more than 30 lines per file.', 30],
    ['Max. 25 lines', 25],
    ['Under twenty-five lines, please', 24],
    ['Keep it to 40 lines or less', 40],
    ['Each file must not exceed fifty lines.', 50],
    ['Not more than 30 LOC', 30],
  ])('%s', (text, most) => {
    const { files } = written([text]);
    expect(Math.max(...[...files.values()].map(countLines))).toBeLessThanOrEqual(most);
  });

  test('in one file: as many as were asked for, mended or not', () => {
    for (const role of ['coder', 'refiner']) {
      for (const [limit, words] of [
        [70, 'at most 70 lines'],
        [36, 'at most 36 lines'],
        [24, 'fewer than 25 lines'],
      ] as const) {
        const { files } = written(['Keep it in one file.', words], { role });
        expect(files.size).toBe(1);
        expect(countLines([...files.values()].join(''))).toBeLessThanOrEqual(limit);
      }
    }
  });

  test('in total: the sum of the files counts', () => {
    expect(
      countLines(written(['At most 45 lines in total']).code.replace(/\n\n/g, '\n')),
    ).toBeLessThanOrEqual(45);
  });

  test('so few that it cannot be done are declined, with the number that can', () => {
    const { text, files } = written(['Keep it in one file, in at most 5 lines.']);
    const [, least = ''] = /The code needs at least (\d+) lines/.exec(text) ?? [];
    expect(countLines([...files.values()].join(''))).toBeLessThanOrEqual(Number(least));
    expect(written(['Keep it in one file, in at most 60 lines.']).text).not.toContain(
      'The code needs at least',
    );
  });

  test('leave no room for a limit that is a minimum, or a number that is none', () => {
    for (const text of ['At least 10 lines', 'more than 5 lines', 'The bug is in line 3'])
      expect(readRequirements([text]).lines).toBeUndefined();
  });

  test('hold for documents, too', () => {
    const page = lines({ role: 'documenter', instructions: ['At most 20 lines'] });
    expect(countLines(page)).toBeLessThanOrEqual(20);
    expect(page).toMatch(/^# /);
    expect(lines({ role: 'architect', instructions: ['Shorter'] }).length).toBeLessThan(
      lines({ role: 'architect' }).length * 0.8,
    );
  });
});

describe('another language', () => {
  test.each<[string, RegExp]>([
    ['In Python, please.', /^token_bucket_rate\.py$/],
    ['Use Python instead of TypeScript.', /\.py$/],
    ['Rewrite it in python 3', /\.py$/],
    ['Switch to JavaScript', /^src\/token-bucket-rate\.js$/],
    ['plain JS, no types', /\.js$/],
    ['Use TypeScript, not Python', /\.ts$/],
    ['From TypeScript to Python', /\.py$/],
  ])('%s', (text, pattern) => {
    expect(written([text]).paths[0]).toMatch(pattern);
  });

  test.each([
    'Write it in Go.',
    'In Rust, please',
    'Use C++',
    'Port it to Java',
    'Translate it into German',
    'use C#',
    'Please use golang',
  ])('%s: is declined in prose, and what was there stays', (text) => {
    for (const role of ['architect', 'coder', 'refiner', 'tester', 'documenter']) {
      expect(lines({ role, instructions: [text] })).toMatch(
        /The rehearsal cannot write [A-Z][\w+#]*: it supports/,
      );
    }
    expect(written([text], { task: 'A stack in Python' }).paths[0]).toBe('stack.py');
    expect(written([text, 'Then Python']).text).not.toContain('cannot write');
  });

  test('a word that is a language elsewhere is none', () => {
    for (const text of [
      'Go on',
      'Let it rust',
      'Be swift',
      'Go for clarity',
      'The price is in c',
      'Look into the rust belt',
    ])
      expect([text, readRequirements([text]).foreign]).toEqual([text, undefined]);
  });
});

describe('names', () => {
  test.each<[string, RegExp]>([
    ['Call the class TokenBucket.', /export class TokenBucket \{/],
    ['Name the class `Limiter`', /export class Limiter \{/],
    ['The class should be called Limiter.', /export class Limiter \{/],
    ['Rename the class to Limiter', /export class Limiter \{/],
    ['Call the function makeLimiter', /export function makeLimiter\(/],
    ['Name the factory "newBucket".', /export function newBucket\(/],
    ['Use the name makeBucket for the function', /export function makeBucket\(/],
    ['Call it Limiter', /export function createLimiter\(/],
    ['Rename TokenBucketRate to Limiter.', /export function createLimiter\(/],
    ['Call it rate-limiter', /export function createRateLimiter\(/],
  ])('%s', (text, pattern) => {
    expect(written([text]).code).toMatch(pattern);
  });

  test.each<[string, string]>([
    ['Name the file limiter.ts', 'limiter.ts'],
    ['Call the file limiter.', 'src/limiter.ts'],
    ['Put it in src/core/limiter.ts.', 'src/core/limiter.ts'],
    ['Put everything into limiter.py', 'limiter.py'],
    ['The file should be named `bucket.js`', 'bucket.js'],
    ['Rename the file to limiter.ts', 'limiter.ts'],
    ['Call it Limiter', 'src/limiter.ts'],
  ])('%s', (text, path) => {
    expect(written([text]).paths[0]).toBe(path);
  });

  test.each([
    'Call it a day',
    'Call the function with two arguments',
    'Name it',
    'Name the class import',
    'Put it in ../x.ts',
  ])('%s names nothing', (text) => {
    expect(readRequirements([text]).names).toEqual([]);
  });
});

describe('style, comments and tests', () => {
  test.each(['Use a class', 'Use classes.', 'Make it a class', 'Object-oriented, please'])('%s', (text) => {
    expect(written([text]).code).toMatch(/export class TokenBucketRate \{/);
  });

  test.each(['No classes', "Don't use classes", 'Use plain functions', 'Functions instead of classes'])(
    '%s, in Python',
    (text) => {
      const { code } = written(['In Python', text]);
      expect(code).toContain('def create_token_bucket_rate(');
      expect(code).not.toMatch(/^class /m);
    },
  );

  test.each(['No comments', 'Remove all comments.', "Please don't write any comments", 'without comments'])(
    '%s',
    (text) => {
      for (const language of ['TypeScript', 'Python']) {
        expect(written([`In ${language}.`, text, 'Only metric units']).code).not.toMatch(
          /\/\*\*|\/\/|"""|^\s*#/m,
        );
      }
    },
  );

  test.each(['Add tests', 'With unit tests, please', 'Include tests for the edges.'])('%s', (text) => {
    expect(written([text]).paths).toEqual([
      ts,
      'src/token-bucket-rate-rules.ts',
      'src/main.ts',
      'test/token-bucket-rate.test.ts',
      'test/token-bucket-rate-rules.test.ts',
    ]);
  });

  test('no tests: the coder has none anyway, and the tester says why there is one', () => {
    expect(written(['No tests, please']).paths).toHaveLength(3);
    const { text, files } = written(['No tests, please'], { role: 'tester' });
    expect(files.size).toBe(1);
    expect(text).toContain('Tests were declined');
  });

  test('tests that only the task speaks of are left to the tester', () => {
    expect(written([], { task: 'A rate limiter in TypeScript, with tests' }).paths).toHaveLength(3);
  });

  test('what is understood becomes no rule of the program, what is not does', () => {
    expect(written(['Keep it in one file.', 'Add tests', 'In Python']).code).not.toContain('as asked');
    expect(written(['Keep it in one file.', 'Only metric units']).code).toContain(
      'instruction 1 only metric units',
    );
  });

  test('Plan for Redis: the plan has a section about it', () => {
    const plan = lines({ role: 'architect', instructions: ['Plan for Redis.'] });
    expect(plan).toMatch(/^## Redis\n\nRedis is added/m);
  });
});
