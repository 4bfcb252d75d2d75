import { describe, expect, test } from 'vitest';
import { createRunSearch } from '../../shared/run-search.ts';

const run = { runId: 'run_abcdefgh', task: 'Eine Straße in Zürich', labels: { team: 'Core Search' } };

describe('the search of runs', () => {
  test.each([
    ['', true],
    ['zürich', true],
    ['ZU\u0308RICH', true],
    ['STRASSE', true],
    ['zurich', false],
    ['eine   core', true],
    ['eine absent', false],
    ['team', false],
    ['run_abc', true],
    ['abcdef', false],
    ['RUN_ABC', false],
  ])('%j: %j', (search, fits) => {
    expect(createRunSearch(search)(run)).toBe(fits);
  });

  test('reads the first 200 characters of a task, and ignores the dot of an i', () => {
    expect(createRunSearch('end')({ ...run, task: `${'x'.repeat(197)}end` })).toBe(true);
    expect(createRunSearch('end')({ ...run, task: `${'x'.repeat(198)}end` })).toBe(false);
    expect(createRunSearch('istanbul')({ ...run, task: 'İSTANBUL' })).toBe(true);
  });
});
