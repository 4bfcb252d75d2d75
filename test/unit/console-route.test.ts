import { describe, expect, test } from 'vitest';
import { comparePath, readRoute, startFromPath } from '../../console/shell/route.ts';

const [one, other] = ['run_aaaaaaaa', 'run_bbbbbbbb'];

describe('the URLs of the console', () => {
  test('of a comparison name one run or two', () => {
    expect(readRoute(comparePath(one))).toEqual({ page: 'compare', runId: one, otherId: undefined });
    expect(readRoute(comparePath(one, other))).toEqual({ page: 'compare', runId: one, otherId: other });
  });

  test.each([
    `/runs/${one}/compare/nothing`,
    `/runs/${one}/compare/`,
    `/runs/${one}/compare/${other}/more`,
    `/runs/${one}/other`,
    '/runs/none/compare',
  ])('%s is not found', (path) => {
    expect(readRoute(path).page).toBe('not-found');
  });

  test.each([{ runId: one }, { runId: one, stage: 2 }, { runId: one, stage: 2, attempt: 3 }])(
    'of the start form name the source: %j',
    (from) => {
      expect(readRoute(startFromPath(from))).toMatchObject({ page: 'start', from });
    },
  );

  test('ignore a source that is none, and an attempt without a stage', () => {
    expect(readRoute('/?from=nothing')).toMatchObject({ page: 'start', from: undefined });
    expect(readRoute(`/?from=${one}&attempt=2`)).toMatchObject({ from: { runId: one } });
  });
});
