import { describe, expect, test } from 'vitest';
import { readConfig } from '../../server/process/config.ts';
import { roles } from '../../server/pipeline/roles.ts';
import { codeIn, tableBelow, wordIn } from '../support/markdown-tables.ts';
import { syntaxOf, walkSyntax, type SyntaxNode } from '../support/module-graph.ts';
import { textOf } from '../support/source-tree.ts';

const readme = textOf('README.md');
const topics = [
  ...readme
    .split('\n## Configuration\n')[1]!
    .split('\n## ')[0]!
    .matchAll(/^### .+$/gm),
];
const rows = topics.flatMap(([heading]) => tableBelow(readme, heading));
const documented = rows.flatMap((row) => codeIn(row['variable'] ?? '').flatMap(ofEachRole));

/** What makes every provider count as configured, so that its base URL shows in what is read. */
const keys = {
  ANTHROPIC_API_KEY: 'k',
  OPENAI_API_KEY: 'k',
  OPENROUTER_API_KEY: 'k',
  COMPATIBLE_BASE_URL: 'http://localhost:1/v1',
};

describe('README.md, the configuration', () => {
  test('names exactly the variables that are read', () => {
    expect(documented.toSorted()).toEqual(variablesRead().toSorted());
  });

  test.each(rows.filter((row) => row['default'] !== '–' && !readByClientsOnly(row)))(
    'says the default of $variable',
    (row) => {
      const name = wordIn(row['variable'] ?? '');
      const value = wordIn(row['default'] ?? '');
      const unlike = /^\d+$/.test(value) ? String(Number(value) + 1) : 'http://localhost:1/other';
      expect(readConfig({ ...keys, [name]: value })).toEqual(readConfig(keys));
      // Or the variable would not show in what is read, and any default would pass.
      expect(valuesOf(name, unlike)).not.toEqual(readConfig(keys));
    },
  );

  test('says of the others that they have none', () => {
    const without = rows
      .filter((row) => row['default'] === '–')
      .flatMap((row) => codeIn(row['variable'] ?? ''));
    const emptyLists = ['STAGEWIRE_ORIGINS', 'STAGEWIRE_HOSTS'];
    expect(without.filter((name) => defaultsInCode().has(name) && !emptyLists.includes(name))).toEqual([]);
  });
});

/** `STAGEWIRE_MODEL_<ROLE>` is one variable per role. */
function ofEachRole(name: string): string[] {
  return name.includes('<ROLE>')
    ? roles.map(({ role }) => name.replace('<ROLE>', role.toUpperCase()))
    : [name];
}

/** A configuration with another value of one variable; some take only a few. */
function valuesOf(name: string, value: string) {
  const fitting: Readonly<Record<string, string>> = {
    STAGEWIRE_HOST: '::1',
    STAGEWIRE_AUTH: 'keys',
    STAGEWIRE_LOG: 'memory',
    STAGEWIRE_SYNC: 'full',
    STAGEWIRE_KEEP_RUNS_FOR: 'forever',
    STAGEWIRE_KEEP_BYTES: 'unlimited',
    STAGEWIRE_DATA_DIR: './elsewhere',
  };
  return readConfig({ ...keys, [name]: fitting[name] ?? value });
}

function readByClientsOnly(row: Readonly<Record<string, string>>): boolean {
  return ['STAGEWIRE_URL', 'STAGEWIRE_TOKEN'].includes(wordIn(row['variable'] ?? ''));
}

/** The keys of the `Variables` schema, one for each role, and those that are let pass for clients. */
function variablesRead(): string[] {
  return [
    ...schemaProperties().map(({ name }) => name),
    ...roles.map(({ role }) => `STAGEWIRE_MODEL_${role.toUpperCase()}`),
    ...roles.map(({ role }) => `STAGEWIRE_EFFORT_${role.toUpperCase()}`),
    ...[...textOf('server/process/config.ts').matchAll(/new Set\(\[('STAGEWIRE_[A-Z_', ]+')\]\)/g)].flatMap(
      (it) => (it[1] ?? '').replaceAll("'", '').split(', '),
    ),
  ];
}

function defaultsInCode(): ReadonlySet<string> {
  return new Set(schemaProperties().flatMap(({ name, text }) => (text.includes('.default(') ? [name] : [])));
}

function schemaProperties(): { readonly name: string; readonly text: string }[] {
  const found: { name: string; text: string }[] = [];
  const source = textOf('server/process/config.ts');
  walkSyntax(syntaxOf('server/process/config.ts'), (node: SyntaxNode, parent: SyntaxNode | undefined) => {
    if (node.type !== 'Property' || parent?.type !== 'ObjectExpression') return;
    const name = (node['key'] as { readonly name?: string }).name ?? '';
    if (!/^[A-Z][A-Z0-9_]+$/.test(name)) return;
    found.push({ name, text: source.slice(Number(node['start']), Number(node['end'])) });
  });
  return found;
}
