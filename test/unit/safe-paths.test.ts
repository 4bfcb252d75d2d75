import { win32, posix } from 'node:path';
import fc from 'fast-check';
import { safePaths } from '@stagewire/shared/text/safe-paths';
import { describe, expect, test } from 'vitest';

const words = [
  '..',
  '.',
  '',
  'a',
  'A',
  'src',
  'SRC',
  'Src',
  'a.ts',
  'A.TS',
  'a.ts.',
  'a.ts ',
  '...',
  ' ',
  'C:',
  'con',
  'CON.txt',
  'nul .md',
  'LPT1',
  'COM¹',
  '.git',
  '.GIT',
  'git~1',
  'é',
  'e\u0301',
  'ﬁ',
  'ſ',
  'ß',
  'SS',
  'İ',
  'ẞ',
  '.gi\ufe0ft',
  'a~2.ts',
  'a~2',
  '\0',
  'a\0b',
  '\u202egpj',
  'x'.repeat(300),
  'ü'.repeat(200),
  '\ud800',
  '-rf',
  '~',
];
const part = fc.oneof(
  fc.constantFrom(...words),
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 8 }),
);
const path = fc
  .array(fc.tuple(fc.constantFrom('/', '\\', '//', '/./'), part), { minLength: 1, maxLength: 5 })
  .chain((parts) =>
    fc.boolean().map((absolute) =>
      parts
        .map(([by, it]) => by + it)
        .join('')
        .slice(absolute ? 0 : 1),
    ),
  );
const hostile = fc.uniqueArray(path, { maxLength: 12 });

describe('the names under which files are saved', () => {
  test('stay inside their folder, on every system', () => {
    fc.assert(
      fc.property(hostile, (paths) => {
        for (const { name } of safePaths(paths)) {
          for (const [system, root] of [
            [posix, '/srv/out'],
            [win32, 'C:\\out'],
          ] as const) {
            const full = system.resolve(root, name);
            expect(full.startsWith(root + system.sep), name).toBe(true);
            // Nothing in the name is resolved away.
            expect(system.relative(root, full).split(system.sep).join('/')).toBe(name);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('have no part that a file system refuses or changes', () => {
    fc.assert(
      fc.property(hostile, (paths) => {
        for (const { name } of safePaths(paths)) {
          expect(name.isWellFormed()).toBe(true);
          for (const it of name.split('/')) {
            expect(it).not.toMatch(/^$|[. ]$|[<>:"|?*\\]|\p{Cc}|\p{Bidi_Control}/u);
            expect(it).not.toMatch(/^(?:con|prn|aux|nul|com\d|lpt\d)\s*(?:\.|$)/i);
            expect(it.toLowerCase()).not.toBe('.git');
            expect(Buffer.byteLength(it)).toBeLessThanOrEqual(220);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('do not collide on a system that ignores case, also not as file and folder', () => {
    const folded = (name: string) => name.normalize('NFC').toLowerCase();
    fc.assert(
      fc.property(hostile, (paths) => {
        const names = safePaths(paths).map(({ name }) => name);
        for (const fold of [folded, (name: string) => name.normalize('NFD').toUpperCase()]) {
          const files = names.map(fold);
          expect(new Set(files).size).toBe(files.length);
          for (const one of files) {
            expect(files.filter((other) => other.startsWith(`${one}/`))).toEqual([]);
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test('depend only on the set of paths, and of safe names are the same', () => {
    fc.assert(
      fc.property(hostile, (paths) => {
        const names = new Map(safePaths(paths).map((it) => [it.path, it.name]));
        for (const it of safePaths(paths.toReversed())) expect(it.name).toBe(names.get(it.path));
        expect(safePaths(paths).map((it) => it.path)).toEqual(paths);
        const safe = [...names.values()];
        expect(safePaths(safe).map(({ name }) => name)).toEqual(safe);
      }),
    );
  });

  // The number made a name too long, so that a second look gave it another one.
  test.each([
    ['of the longest part', '', 'ü'.repeat(100), 'Ü'.repeat(100)],
    ['of the longest name', `${'d'.repeat(200)}/`.repeat(5), 'e'.repeat(19), 'E'.repeat(19)],
  ])('are of a legal length also for twins %s', (_, folder, one, other) => {
    const names = safePaths([folder + one, folder + other]).map(({ name }) => name);
    expect(names[0]).not.toBe(names[1]);
    expect(safePaths(names).map(({ name }) => name)).toEqual(names);
  });

  test.each([
    ['src/app.ts', 'src/app.ts'],
    ['.env.example', '.env.example'],
    ['../../etc/passwd', '__/__/etc/passwd'],
    ['/etc/passwd', 'etc/passwd'],
    ['C:\\Windows\\x.dll', 'C_/Windows/x.dll'],
    ['a//./b', 'a/b'],
    ['aux.c', '_aux.c'],
    ['.git/config', '_.git/config'],
    ['name. ', 'name__'],
    ['a\0b', 'a_U+0000_b'],
    ['', '_'],
  ])('%j is saved as %j', (from, to) => {
    expect(safePaths([from])).toEqual([{ path: from, name: to }]);
  });

  test('of two paths that collide, the one that needs no other change keeps its name', () => {
    const names = safePaths(['readme.md', 'README.md', 'a/b', 'a', 'a:b.ts', 'a_b.ts']).map(
      ({ name }) => name,
    );
    expect(names).toEqual(['readme~2.md', 'README.md', 'a/b', 'a~2', 'a_b~2.ts', 'a_b.ts']);
  });

  test('are distinct for ß, its capital and SS, and for characters that Linux ignores in a name', () => {
    expect(safePaths(['ß', 'ẞ', 'ss']).map(({ name }) => name)).toEqual(['ß~2', 'ẞ~3', 'ss']);
    expect(safePaths(['a\ufe0f.md', 'a.md']).map(({ name }) => name)).toEqual(['a\ufe0f~2.md', 'a.md']);
    expect(safePaths(['.gi\ufe0ft/config'])[0]?.name).toBe('_.gi\ufe0ft/config');
  });

  test('of many paths that differ only in case need little time', () => {
    const letters = 'a b c d e f g h i j k l m'.split(' ');
    const paths = Array.from({ length: 2 ** letters.length }, (_, number) =>
      letters.map((it, bit) => ((number >> bit) & 1 ? it.toUpperCase() : it)).join(''),
    );
    const started = performance.now();
    const names = safePaths(paths).map(({ name }) => name.toLowerCase());
    expect(new Set(names).size).toBe(paths.length);
    // Quadratic time took over 40 s.
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
