import { posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tableBelow } from '../support/markdown-tables.ts';
import { importsOf, type ModuleImport } from '../support/module-graph.ts';
import { textOf } from '../support/source-tree.ts';

const maxLines = 1200;
const maxTakenAsGiven = 3;

interface Stop {
  readonly path: string;
  /** Files that it imports and that are not explained before. */
  readonly takenAsGiven: readonly string[];
}

/** What the front of `shared` exports, and the file that has it. */
const declaredIn = new Map(
  importsOf('shared/index.ts').flatMap(({ names, to = '' }) => names.map((name) => [name, to] as const)),
);
const stops = walkOf(textOf('docs/ARCHITECTURE.md'));

describe('the walk of docs/ARCHITECTURE.md', () => {
  test(`is at most ${maxLines} lines`, () => {
    const lines = stops.map(({ path }) => textOf(path).trimEnd().split('\n').length);
    expect(lines.length).toBeGreaterThan(6);
    expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(maxLines);
  });

  test('meets the WebSocket', () => {
    expect(stops.filter(({ path }) => path.startsWith('server/transport/trpc-ws/'))).not.toEqual([]);
  });

  test.each(stops)(
    '$path needs only what was read before, and what its row names',
    ({ path, takenAsGiven }) => {
      const at = stops.findIndex((stop) => stop.path === path);
      const known = new Set([...stops.slice(0, at).map((stop) => stop.path), ...takenAsGiven]);
      const imported = [...new Set(importsOf(path).flatMap(filesMeant))];
      expect(imported.filter((file) => !known.has(file))).toEqual([]);
      expect(takenAsGiven.length).toBeLessThanOrEqual(maxTakenAsGiven);
      expect(takenAsGiven.filter((file) => !imported.includes(file))).toEqual([]);
    },
  );
});

/** The files that an import takes something from, types aside; of the front of `shared` those behind it. */
function filesMeant({ to, typeOnly, names }: ModuleImport): readonly string[] {
  if (to === undefined || typeOnly) return [];
  return to === 'shared/index.ts' ? names.map((name) => declaredIn.get(name) ?? to) : [to];
}

/** Its rows: the file that is read, and what it takes as given. */
function walkOf(document: string): readonly Stop[] {
  return tableBelow(document, '## Code walkthrough').map((row) => ({
    path: linksIn(row['read'] ?? '')[0] ?? '',
    takenAsGiven: linksIn(row['taken as given'] ?? ''),
  }));
}

/** What the links of a cell lead to, from the project's root. */
function linksIn(cell: string): string[] {
  return [...cell.matchAll(/\]\(([^)]+)\)/g)].map(([, link = '']) => posix.join('docs', link));
}
