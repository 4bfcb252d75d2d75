import { describe, expect, test } from 'vitest';
import { clientVariables } from '../../server/process/client-variables.ts';
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

/** What makes every provider and proxy count as configured, so that its settings show in what is read. */
const keys = {
  STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1',
  ANTHROPIC_API_KEY: 'k',
  OPENAI_API_KEY: 'k',
  OPENROUTER_API_KEY: 'k',
  COMPATIBLE_BASE_URL: 'http://localhost:1/v1',
  STAGEWIRE_METRICS_PORT: '0',
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318',
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
      const given = ofDatabase.test(name) ? { ...keys, ...database } : keys;
      expect(readConfig({ ...given, [name]: value })).toEqual(readConfig(given));
      // Or the variable would not show in what is read, and any default would pass.
      expect(readConfig({ ...given, [name]: fitting[name] ?? unlike })).not.toEqual(readConfig(given));
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

/** Other values of the variables that take only a few. */
const fitting: Readonly<Record<string, string>> = {
  STAGEWIRE_HOST: '::1',
  STAGEWIRE_LOG_LEVEL: 'error',
  STAGEWIRE_METRICS_HOST: '::1',
  STAGEWIRE_AUTH: 'keys',
  STAGEWIRE_PROXY_USER_HEADER: 'remote-user',
  STAGEWIRE_SESSION_MS: '3600000',
  STAGEWIRE_LOG: 'memory',
  STAGEWIRE_SYNC: 'full',
  STAGEWIRE_KEEP_RUNS_FOR: 'forever',
  STAGEWIRE_KEEP_BYTES: 'unlimited',
  STAGEWIRE_DATA_DIR: './elsewhere',
  STAGEWIRE_DATABASE_SCHEMA: 'other',
  STAGEWIRE_DATABASE_NOTIFY: 'poke',
};

/** What makes the settings of a database count. */
const database = { STAGEWIRE_DATABASE_URL: 'postgres://localhost/x' };
const ofDatabase = /^STAGEWIRE_(?:DATABASE_(?!URL)|LEASE_MS|LOG_PATIENCE_MS|NODE_NAME)/;

function readByClientsOnly(row: Readonly<Record<string, string>>): boolean {
  return clientVariables.includes(wordIn(row['variable'] ?? ''));
}

/** The keys of the `Variables` schema, one for each role, and those that are let pass for clients. */
function variablesRead(): string[] {
  return [
    ...schemaProperties().map(({ name }) => name),
    ...roles.map(({ role }) => `STAGEWIRE_MODEL_${role.toUpperCase()}`),
    ...roles.map(({ role }) => `STAGEWIRE_EFFORT_${role.toUpperCase()}`),
    ...clientVariables,
  ];
}

function defaultsInCode(): ReadonlySet<string> {
  return new Set(schemaProperties().flatMap(({ name, text }) => (text.includes('.default(') ? [name] : [])));
}

function schemaProperties(): { readonly name: string; readonly text: string }[] {
  const found: { name: string; text: string }[] = [];
  for (const path of [
    'config',
    'database-settings',
    'load-settings',
    'log-settings',
    'session-settings',
    'jwt-settings',
    'metrics-settings',
    'limit-settings',
    'trace-settings',
  ].map((it) => `server/process/${it}.ts`)) {
    const source = textOf(path);
    walkSyntax(syntaxOf(path), (node: SyntaxNode, parent: SyntaxNode | undefined) => {
      if (node.type !== 'Property' || parent?.type !== 'ObjectExpression') return;
      const name = (node['key'] as { readonly name?: string }).name ?? '';
      if (!/^[A-Z][A-Z0-9_]+$/.test(name)) return;
      found.push({ name, text: source.slice(Number(node['start']), Number(node['end'])) });
    });
  }
  return found;
}
