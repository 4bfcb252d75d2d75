import { describe, expect, test } from 'vitest';
import { codeFiles, projectFiles, projectRoot, textOf } from '../support/source-tree.ts';

const binary = /\.(?:png|jpe?g|gif|ico|webp|woff2?|gz|zip|sqlite)$/;
const files = projectFiles().filter((path) => !binary.test(path));
// Put together from parts, since this file is looked at too.
const machineFolder = ['', 'work', ''].join('/');
const toolFolder = ['', 'library'].join('.');
const registry = ['registry', 'npmjs', 'org'].join('.');

const forbidden: readonly (readonly [string, (text: string) => boolean])[] = [
  ['a tool of the workplace', (text) => text.includes(toolFolder)],
  ['a path of the machine it was written on', (text) => startsAPath(text, machineFolder)],
  ['the folder of this checkout', (text) => startsAPath(text, projectRoot.replace(/\/$/, ''))],
  ['a package registry', (text) => /\bregistry\.(?:[a-z0-9-]+\.)+(?:org|com|io|dev|net)\b/.test(text)],
  ['where a package was downloaded', (text) => /"resolved": "[a-z]+:/.test(text)],
];

describe('what is committed', () => {
  test.each(forbidden)('names nowhere %s', (_what, isIn) => {
    expect(files.filter((path) => isIn(textOf(path)))).toEqual([]);
  });

  test('the look sees the whole project', () => {
    expect(files).toEqual(expect.arrayContaining(['package.json', 'package-lock.json', 'shared/events.ts']));
  });

  test.each([`see ${toolFolder}/x`, `in ${machineFolder}main`, projectRoot, `"https://${registry}/zod"`])(
    'the look would find %s',
    (text) => {
      expect(forbidden.some(([, isIn]) => isIn(text))).toBe(true);
    },
  );

  test('no test is left to run alone', () => {
    expect(codeFiles().filter((path) => /\b(?:test|it|describe)\.only\(/.test(textOf(path)))).toEqual([]);
  });
});

/** `../shared/…` or `a/b/…` are not meant, only a path from the root. */
function startsAPath(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at !== -1; at = text.indexOf(path, at + 1)) {
    if (at === 0 || !/[\w.-]/.test(text.charAt(at - 1))) return true;
  }
  return false;
}
