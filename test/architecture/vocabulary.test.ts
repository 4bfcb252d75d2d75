import { describe, expect, test } from 'vitest';
import { codeFiles, projectFiles, textOf } from '../support/source-tree.ts';

/**
 * Words that readers of this field do not search for, or that make a person of a program. Decisions say how it was;
 * generated files follow their sources; tests may quote what models and people write.
 */
const words =
  /\b(?:told|tells?|somebody|nobody|anybody|whoever|anew|mend(?:s|ed)?|borne|forgiven|let go|goes on|under way|what became of|comes to its end)\b/gi;

/** Names whose meaning only their author knows; docs/decisions/0038 has what each is called now. */
const names = /\b(?:hear|say|tell|landed|happen(?:ing)?|ruling|unwritten|nap|getUp|carryOut|soundDelta)\b/g;

/** Where one of the words is right. At most 15, each with its reason. */
const allowed: readonly { readonly path: string; readonly word: string; readonly why: string }[] = [];

const isExempt = (path: string) =>
  /^(?:test|docs\/decisions)\/|\/generated\/|^shared\/protocol-hash\.ts$/.test(path);
const sources = codeFiles().filter((path) => !isExempt(path));
const documents = projectFiles().filter((path) => path.endsWith('.md') && !isExempt(path));

describe('the vocabulary', () => {
  test('has no word that readers would not search for, in documents and sources', () => {
    const found = [...documents, ...sources].flatMap((path) => occurrences(path, textOf(path), words));
    expect(found).toEqual([]);
  });

  test('has no name that only its author understands', () => {
    expect(sources.flatMap((path) => occurrences(path, withoutTexts(textOf(path)), names))).toEqual([]);
  });

  test('has few exceptions, and each is needed', () => {
    expect(allowed.length).toBeLessThanOrEqual(15);
    const unneeded = allowed.filter(({ path, word }) => !textOf(path).toLowerCase().includes(word));
    expect(unneeded).toEqual([]);
  });

  test('is looked for in the whole project', () => {
    expect(documents).toEqual(expect.arrayContaining(['README.md', 'PROTOCOL.md', 'docs/OPERATIONS.md']));
    expect(sources).toEqual(expect.arrayContaining(['server/app.ts', 'console/app.tsx', 'cli/program.ts']));
  });

  test.each([
    ['Somebody is told', words, 2],
    ['a retold story', words, 0],
    ["const tell = 'say'; // hear", names, 1],
    ['const listener = `happen`;', names, 0],
  ])('the look judges %s', (text, pattern, count) => {
    const looked = pattern === names ? withoutTexts(text) : text;
    expect(occurrences('README.md', looked, pattern)).toHaveLength(count);
  });
});

function occurrences(path: string, text: string, pattern: RegExp): string[] {
  return text.split('\n').flatMap((line, index) =>
    [...line.matchAll(pattern)]
      .map(([word]) => word.toLowerCase())
      .filter((word) => !allowed.some((one) => one.path === path && one.word === word))
      .map((word) => `${path}:${index + 1}: ${word}`),
  );
}

/** Source with its comments and texts left out, line by line as before. */
function withoutTexts(source: string): string {
  const texts = /\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/g;
  return source.replace(texts, (text) => text.replace(/[^\n]/g, ' '));
}
