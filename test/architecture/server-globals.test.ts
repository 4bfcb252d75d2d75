import { describe, expect, test } from 'vitest';
import { importsOf, syntaxOf, walkSyntax, type SyntaxNode } from '../support/module-graph.ts';
import { codeFiles } from '../support/source-tree.ts';

const timers = new Set(['setTimeout', 'setInterval', 'setImmediate']);
const members = new Set(['Date.now', 'Math.random', 'crypto.randomUUID', 'crypto.getRandomValues']);
const modules = new Set(['node:timers', 'timers', 'node:timers/promises', 'timers/promises']);
const cryptoNames = new Set(['randomUUID', 'randomBytes', 'randomInt', 'randomFillSync', 'webcrypto']);

const runtimeFiles = codeFiles().filter((path) => path.startsWith('server/runtime/'));
const guardedFiles = codeFiles().filter(
  (path) => /^(?:server|cli)\//.test(path) && !runtimeFiles.includes(path),
);
const ours = codeFiles().filter((path) => /^(?:shared|server|client|console|cli|tools)\//.test(path));

describe('time, timers, ids and randomness are passed in', () => {
  test.each(guardedFiles)('%s takes none of them from a global', (path) => {
    expect(globalsIn(path)).toEqual([]);
  });

  test('the look finds them where they may be', () => {
    const found = new Set(runtimeFiles.flatMap(globalsIn));
    expect([...found]).toEqual(
      expect.arrayContaining([
        'Date.now',
        'setTimeout',
        'setImmediate',
        'Math.random',
        'randomUUID of node:crypto',
      ]),
    );
  });
});

describe('no module keeps mutable state', () => {
  test.each(ours)('%s has no variable at its top level', (path) => {
    const statements = syntaxOf(path).map((node) => (node['declaration'] as SyntaxNode | undefined) ?? node);
    const kinds = statements.map((node) => node['kind']);
    expect(kinds.filter((kind) => kind === 'let' || kind === 'var')).toEqual([]);
  });
});

/** The forbidden globals of a file, each as often as it is used. */
function globalsIn(path: string): string[] {
  const found: string[] = [];
  walkSyntax(syntaxOf(path), (node, parent) => {
    if (node.type === 'NewExpression' && isDate(node['callee']) && lengthOf(node['arguments']) === 0) {
      found.push('new Date()');
    }
    if (node.type === 'MemberExpression') {
      const name = `${nameOf(node['object'])}.${nameOf(node['property'])}`;
      if (members.has(name)) found.push(name);
      if (nameOf(node['object']) === 'globalThis' && timers.has(nameOf(node['property']))) found.push(name);
    }
    if (node.type === 'Identifier' && timers.has(nameOf(node)) && !isOnlyAName(node, parent)) {
      found.push(nameOf(node));
    }
  });
  for (const it of importsOf(path)) {
    if (modules.has(it.specifier)) found.push(it.specifier);
    if (!/^(?:node:)?crypto$/.test(it.specifier)) continue;
    found.push(
      ...it.names.filter((name) => cryptoNames.has(name)).map((name) => `${name} of ${it.specifier}`),
    );
  }
  return found;
}

/** The property of another object, or the key of a literal: not the global. */
function isOnlyAName(node: SyntaxNode, parent: SyntaxNode | undefined): boolean {
  if (parent === undefined) return false;
  if (parent.type === 'MemberExpression') return parent['property'] === node && parent['computed'] !== true;
  return 'key' in parent && parent['key'] === node && parent['shorthand'] !== true;
}

function isDate(node: unknown): boolean {
  return nameOf(node) === 'Date';
}

function nameOf(node: unknown): string {
  return typeof node === 'object' && node !== null && 'name' in node ? String(node.name) : '';
}

function lengthOf(list: unknown): number {
  return Array.isArray(list) ? list.length : 0;
}
