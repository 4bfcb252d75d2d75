import { describe, expect, test } from 'vitest';
import { codeBlocksIn } from '../support/code-blocks.ts';
import { projectFiles, textOf } from '../support/source-tree.ts';

/**
 * Every document with blocks of code, how many it has, and what executes them or compares them with what is real. A new
 * block is counted here when something does.
 */
const ledger: Readonly<Record<string, readonly [blocks: number, by: readonly string[]]>> = {
  'README.md': [10, ['test/integration/readme.test.ts', 'test/integration/terminal-documents.test.ts']],
  'PROTOCOL.md': [
    16,
    [
      'test/integration/protocol-examples.test.ts',
      'test/unit/protocol-document.test.ts',
      'test/unit/rehearsal-grammar.test.ts',
    ],
  ],
  'cli/README.md': [3, ['test/install/packages.test.ts', 'test/install/first-token.test.ts']],
  'client/README.md': [3, ['test/integration/package.test.ts']],
  'docs/BOTS.md': [9, ['test/integration/bots-document.test.ts']],
  // Commands of root and of kubectl: "How this was checked" on the page says how.
  'docs/DEPLOY.md': [9, []],
  'docs/EMBED.md': [32, ['test/integration/embed-document.test.ts']],
  'docs/LEGACY-API.md': [1, ['test/integration/legacy-streams.test.ts']],
  // Its commands are those of test/install/desk.test.ts, which does not read the page.
  'examples/desk/README.md': [1, []],
  // A configuration of Prometheus.
  'docs/METRICS.md': [1, []],
  'docs/LOAD.md': [
    12,
    ['test/integration/terminal-documents.test.ts', 'test/integration/load-nodes.test.ts'],
  ],
  'docs/OPERATIONS.md': [
    32,
    [
      // Those for Caddy are executed by nothing; test/integration/deploy-proxies.test.ts starts Caddy with another file.
      'test/browser/console-sub-path.test.ts',
      'test/integration/postgres-starts.test.ts',
      'test/integration/postgres-backups.test.ts',
      'test/integration/import-command.test.ts',
      'test/unit/container-files.test.ts',
      'test/integration/behind-nginx.test.ts',
      'test/integration/oidc-document.test.ts',
      'test/integration/operations.test.ts',
      'test/integration/cli-share.test.ts',
      'test/integration/access-commands.test.ts',
      'test/install/packages.test.ts',
      'test/unit/prices-file.test.ts',
      'test/integration/cli-delete.test.ts',
    ],
  ],
  'docs/TEAM.md': [7, ['test/browser/team-document.test.ts']],
  'docs/TUTORIAL.md': [23, ['test/integration/tutorial.test.ts']],
  // A drawing; and commands that run the tests and measurements themselves.
  'docs/ARCHITECTURE.md': [1, []],
  'CONTRIBUTING.md': [1, []],
  'docs/PERFORMANCE.md': [1, []],
};

const counted = Object.fromEntries(
  projectFiles()
    .filter((path) => path.endsWith('.md'))
    .map((path) => [path, codeBlocksIn(textOf(path)).length] as const)
    .filter(([, blocks]) => blocks > 0),
);

describe('the blocks of code in the documents', () => {
  test('are all known to a test', () => {
    const known = Object.fromEntries(Object.entries(ledger).map(([path, [blocks]]) => [path, blocks]));
    expect(counted).toEqual(known);
  });

  test.each(Object.entries(ledger).flatMap(([path, [, by]]) => by.map((file) => [path, file] as const)))(
    '%s is read by %s',
    (path, file) => {
      const name = path.startsWith('docs/EMBED') ? 'embedBlocks' : path;
      expect(textOf(file)).toContain(name);
    },
  );
});
