import { basename, dirname } from 'node:path';
import { describe, expect, test } from 'vitest';
import { syntaxOf } from '../support/module-graph.ts';
import { longestFiles } from '../support/longest-first.ts';
import { codeFiles, textOf } from '../support/source-tree.ts';

const maxLines = 320;
const kebab = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const barrels = new Set([
  'shared/index.ts',
  'client/index.ts',
  'client/react/index.ts',
  'client/testing/index.ts',
  'client/text.ts',
  'client/validate.ts',
]);
const files = codeFiles();

describe('files', () => {
  test('none is longer than a reader can hold', () => {
    const long = files.map((path) => ({ path, lines: textOf(path).trimEnd().split('\n').length }));
    expect(long.filter((it) => it.lines > maxLines)).toEqual([]);
    expect(textOf('CONTRIBUTING.md')).toContain(`A file has ${maxLines} lines at most`);
  });

  test('all are named in kebab-case, and their folders too', () => {
    const stem = (path: string) =>
      basename(path).replace(/(?:\.(?:test|bench|config|d))*\.(?:ts|tsx|js|mjs)$/, '');
    const odd = files.filter(
      (path) =>
        !kebab.test(stem(path)) ||
        !dirname(path)
          .split('/')
          .every((it) => it === '.' || kebab.test(it)),
    );
    expect(odd).toEqual([]);
  });

  test('those that the tests begin with are there', () => {
    expect(Object.keys(longestFiles).filter((path) => !files.includes(path))).toEqual([]);
  });

  test('none is a drawer for what has no name', () => {
    const drawer = /(?:^|\/)(?:utils?|helpers?|types|common|misc)(?:\/|\.)/;
    expect(files.filter((path) => drawer.test(path))).toEqual([]);
  });

  test('none but the packages’ fronts only hands on what others export', () => {
    expect(files.filter((path) => !barrels.has(path) && isBarrel(path))).toEqual([]);
    expect(isBarrel('shared/index.ts')).toBe(true);
  });
});

function isBarrel(path: string): boolean {
  if (/^index\.(?:ts|tsx|js|mjs)$/.test(basename(path))) return true;
  const statements = syntaxOf(path);
  const handedOn = statements.filter((node) => {
    const source = node['source'] as { value?: unknown } | null | undefined;
    return (
      node.type.startsWith('Export') && typeof source?.value === 'string' && source.value.startsWith('.')
    );
  });
  return handedOn.length > 1 && handedOn.length === statements.length;
}
