import { expect, test } from 'vitest';
import { importsOf } from '../support/module-graph.ts';

// Every command waits for what its program imports. Seen red with the schemas behind `forward --events`, 90 ms, and with the log
// behind `check`.
test('the program of the command line starts without zod, the log, and what compares files', () => {
  const heavy = new Set(['zod', 'diff', 'node:sqlite', 'openai', 'fastify']);
  const chains = new Map([
    ['cli/stagewire.ts', ''],
    ['cli/program.ts', ''],
  ]);
  const found: string[] = [];
  for (const [path, chain] of chains) {
    for (const { specifier, to, typeOnly, isDynamic } of importsOf(path)) {
      if (typeOnly || isDynamic) continue;
      if (heavy.has(specifier)) found.push(`${chain}${path} > ${specifier}`);
      if (to !== undefined && !chains.has(to)) chains.set(to, `${chain}${path} > `);
    }
  }
  expect(found).toEqual([]);
  expect(chains.size).toBeGreaterThan(50);
});
