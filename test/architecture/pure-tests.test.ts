import { describe, expect, test } from 'vitest';
import { codeFiles, textOf } from '../support/source-tree.ts';

// Many of these files share one process (`pure` in vitest.config.ts): what one leaves changed, the next would find.

const self = 'test/architecture/pure-tests.test.ts';
const files = codeFiles().filter(
  (path) => /^test\/(?:unit|architecture)\/.*\.test\.ts$/.test(path) && path !== self,
);

/** What changes something that all files of a process share. */
const changes =
  /\bvi\.(?:mock|doMock|stub\w+|spyOn|useFakeTimers|setConfig)\b|\bprocess\.(?:chdir|on|once|umask)\(|\bprocess\.env(?:\.\w+|\[[^\]]+\]) ?=[^=]|\bglobalThis\.\w+ ?=[^=]/;

describe('a test that shares its process', () => {
  test.each(files)('%s changes nothing that all share', (path) => {
    const found = textOf(path)
      .split('\n')
      .filter((line) => changes.test(line));
    expect(found).toEqual([]);
  });

  test.each([
    "vi.spyOn(Date, 'now');",
    "vi.stubEnv('A', 'b');",
    "process.env['A'] = 'b';",
    "process.chdir('/');",
    "process.on('exit', end);",
    'globalThis.fetch = other;',
  ])('%s would be found', (line) => {
    expect(changes.test(line)).toBe(true);
  });

  test.each(["expect(process.env['A']).toBe(1);", 'if (globalThis.fetch === other) end();'])(
    '%s is none',
    (line) => {
      expect(changes.test(line)).toBe(false);
    },
  );
});
