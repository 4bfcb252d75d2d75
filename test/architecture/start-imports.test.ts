import { expect, test } from 'vitest';
import { importsOf } from '../support/module-graph.ts';

/** What a program would load at every start, whether it needs it or not. */
const programs = [
  // Seen red with the schemas behind `forward --events`, 90 ms, and with the log behind `check`.
  {
    program: 'the command line',
    files: ['cli/stagewire.ts', 'cli/program.ts'],
    heavy: ['zod', 'diff', 'node:sqlite', 'openai', 'fastify'],
  },
  // Half of the modules of a server were in these.
  {
    program: 'the server',
    files: ['server/serve.ts'],
    heavy: ['openai', '@anthropic-ai/sdk', 'undici', 'pg'],
  },
];

test.each(programs)('the program of $program starts without $heavy', ({ files, heavy }) => {
  const chains = new Map(files.map((path) => [path, '']));
  const found: string[] = [];
  for (const [path, chain] of chains) {
    for (const { specifier, to, typeOnly, isDynamic } of importsOf(path)) {
      if (typeOnly || isDynamic) continue;
      if (heavy.some((name) => specifier === name || specifier.startsWith(`${name}/`)))
        found.push(`${chain}${path} > ${specifier}`);
      if (to !== undefined && !chains.has(to)) chains.set(to, `${chain}${path} > `);
    }
  }
  expect(found).toEqual([]);
  expect(chains.size).toBeGreaterThan(50);
});
