import type { RunState } from '@stagewire/client';
import { describe, expect, test } from 'vitest';
import { leftIssues, leftIssuesTitle } from '../../console/result/last-review.ts';
import { resultFacts, resultText, resultSentence, resultTone } from '../../console/result/result-text.ts';
import { reviewOf, verdictLabel } from '../../console/run/review-of.ts';
import { stateAfter, steered } from '../support/rendered-run.ts';

const run: RunState = { ...stateAfter(steered), status: 'completed', verdict: 'approved', files: [] };
const issue = { severity: 'major', message: 'It never ends.', file: 'src/a.ts', line: 3 } as const;
const review: NonNullable<RunState['review']> = {
  stage: 2,
  attempt: 1,
  verdict: 'changes_requested',
  issues: [issue],
};
const file = (stage: number): RunState['files'][number] => ({
  path: 'src/a.ts',
  language: 'ts',
  from: 'stage',
  stage,
  attempt: 1,
  parts: [{ offset: 0, chars: 1 }],
});

describe('the result of a run', () => {
  test.each([
    [{ verdict: 'approved' }, 'Run completed, approved', 'good'],
    [{ verdict: 'changes_requested' }, 'Run completed, changes requested', 'unsure'],
    [{ verdict: 'unknown' }, 'Run completed, verdict unknown', 'unsure'],
    [{ verdict: 'none', reviews: [] }, 'Run completed, not reviewed', 'good'],
    [{ verdict: 'none', reviews: [review] }, 'Run completed, no verdict', 'good'],
    [{ status: 'failed' }, 'Run failed', 'bad'],
    [{ status: 'cancelled' }, 'Run cancelled', 'neutral'],
  ] as const)('of %j is “%s”, %s', (change, heading, tone) => {
    const ended = { ...run, ...change } as RunState;
    expect(`Run ${resultText(ended)}`).toBe(heading);
    expect(resultTone(ended)).toBe(tone);
    expect(resultSentence(ended)).toMatch(/^[A-Z].*\.$/);
  });

  test('is not good with a file that may be incomplete', () => {
    expect(resultTone({ ...run, files: [{ ...file(1), elided: true }] })).toBe('unsure');
  });

  test('has its cost only where it is known', () => {
    const names = (state: RunState) => resultFacts(state).map(({ name }) => name);
    expect(names(run)).not.toContain('Cost');
    const cost = { amount: '1.25', currency: 'USD', unpricedAttempts: 1 };
    expect(resultFacts({ ...run, cost })).toContainEqual({ name: 'Cost', value: 'at least 1.25 USD' });
  });
});

describe('the issues of the last review', () => {
  const left = (reviewed: typeof review, files: RunState['files']) => {
    const issues = leftIssues({ ...run, review: reviewed, files });
    return [leftIssuesTitle(reviewed, issues), issues.map(({ changedIn }) => changedIn)];
  };

  test('are open, unless their file changed in a later stage', () => {
    expect(left(review, [file(1)])).toEqual(['Open issues: 1 major', [undefined]]);
    expect(left(review, [file(3)])).toEqual(['Last review: 1 issue (1 major)', [3]]);
  });

  test('of a review that was cut off are not all', () => {
    expect(left({ ...review, verdict: null }, [file(1)])).toEqual([
      'The last review was cut off after 1 issue (1 major)',
      [undefined],
    ]);
  });
});

describe('the review of an attempt', () => {
  const [stage] = run.stages;
  if (stage === undefined) throw new Error('The run has no stage.');
  const [attempt] = stage.attempts;
  if (attempt === undefined) throw new Error('The stage has no attempt.');
  const failure = (code: 'OUTPUT_INVALID' | 'PROVIDER_STALLED') => ({ code, message: '', retryable: true });
  const of = (change: Partial<typeof attempt>) =>
    reviewOf({ ...run, reviews: [] }, stage, { ...attempt, text: '{"issues":[', ...change });

  test('that was stopped in its text is cut off', () => {
    const cutOff = { verdict: null, issues: [] };
    expect(of({ status: 'interrupted' })).toEqual(cutOff);
    expect(of({ status: 'cancelled' })).toEqual(cutOff);
    expect(of({ status: 'failed', failure: failure('PROVIDER_STALLED') })).toEqual(cutOff);
    expect(verdictLabel(null, false)).toBe('cut off');
  });

  test('that could not be parsed, or has no text, is none', () => {
    expect(of({ status: 'failed', failure: failure('OUTPUT_INVALID') })).toBeUndefined();
    expect(of({ status: 'interrupted', text: '' })).toBeUndefined();
    expect(of({ status: 'completed' })).toBeUndefined();
  });
});
