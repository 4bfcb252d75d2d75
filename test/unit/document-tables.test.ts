import { clientErrors } from '@stagewire/client';
import { expect, test } from 'vitest';
import { memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { tableBelow, wordIn } from '../support/markdown-tables.ts';
import { textOf } from '../support/source-tree.ts';

test('docs/EMBED.md lists every code of the client’s own errors', () => {
  const rows = tableBelow(textOf('docs/EMBED.md'), '## Errors');
  expect(rows.map(({ code = '' }) => wordIn(code))).toEqual(Object.keys(clientErrors));
});

test('docs/OPERATIONS.md lists every kind of memory with its limit', () => {
  const rows = tableBelow(textOf('docs/OPERATIONS.md'), '## Memory');
  const { total, ...limits } = memoryLimitsOf(100);
  const told = rows.map((row) => {
    const [part, whole] = (row['limit, of the total'] ?? '').split('/').map(Number);
    return [wordIn(row['kind'] ?? ''), ((part ?? 0) / (whole ?? 1)) * total];
  });
  expect(Object.fromEntries(told)).toEqual(limits);
});

test('README.md shows every command of the command line', () => {
  const program = textOf('cli/program.ts');
  const names = [...program.matchAll(/\.command\('(\w+)'\)/g)].map(([, name]) => name ?? '');
  expect(names.length).toBeGreaterThan(8);
  const readme = textOf('README.md');
  const inTable = tableBelow(readme, '## Command line').map(({ command = '' }) => command);
  for (const name of [...names, 'load', 'verify']) {
    const isShown =
      readme.includes(`npx stagewire ${name}`) ||
      inTable.some((cell) => new RegExp(`\`${name}\\b`).test(cell));
    expect(isShown, name).toBe(true);
  }
});
