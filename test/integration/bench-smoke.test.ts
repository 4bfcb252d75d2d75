import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import type { Report } from '../bench/report.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bench = (...options: readonly string[]) =>
  promisify(execFile)(
    process.execPath,
    ['--conditions=@stagewire/source', 'test/bench/bench.ts', ...options],
    { cwd: root, timeout: 18_000 },
  );

/** Every number of a spread, for a look at whether it is one. */
const numbers = ({ median, min, max }: Report['figures'][number]['ours']) => [min, median, max];

test('the bench takes a figure beside its baseline and writes it as JSON and as a page', async () => {
  const out = await mkdtemp(join(tmpdir(), 'stagewire-bench-smoke-'));
  try {
    const { stdout } = await bench('--quick', '--rounds', '1', '--only', 'P5', '--out', out);
    const report = JSON.parse(await readFile(join(out, 'bench.json'), 'utf8')) as Report;
    const page = await readFile(join(out, 'bench.html'), 'utf8');

    expect(report.withoutFigure).toEqual([]);
    expect(report.figures.map(({ id }) => id)).toEqual(['P5a', 'P5b']);
    for (const figure of report.figures) {
      const { ours, baseline, compared, verdict } = figure;
      expect(verdict).toMatch(/^(?:met|missed)$/);
      for (const spread of [ours, baseline, compared]) {
        if (spread === null) throw new Error(`${figure.id} has no baseline`);
        expect(numbers(spread).every((value) => Number.isFinite(value))).toBe(true);
        expect(numbers(spread)).toEqual(numbers(spread).toSorted((one, other) => one - other));
      }
      // A stamp on the wrong side of the other would make it nothing or less.
      expect(ours.min).toBeGreaterThan(0);
      expect(stdout).toContain(figure.what);
      expect(page).toContain(figure.what);
    }
    expect(report.environment).toMatchObject({ node: process.version, cores: expect.any(Number) });
  } finally {
    await rm(out, { recursive: true, force: true });
  }
});

test('a figure that does not exist is told, with those that do', async () => {
  await expect(bench('--only', 'P99')).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('There is no figure P99; there are P1, P2,'),
  });
});
