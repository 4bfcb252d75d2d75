import type {
  AttemptState,
  CommandState,
  ReviewState,
  RunState,
  SkippedBlock,
  StageState,
} from '@stagewire/client';
import { SkipReason } from '@stagewire/shared/primitives';
import { describe, expect, test } from 'vitest';
import { inheritedFrom, isTruncated, startReason } from '../../console/run/attempt-labels.ts';
import { issueCount } from '../../console/run/issue-count.ts';
import { reviewOf, verdictLabel } from '../../console/run/review-of.ts';
import { blockBeginning, skippedLabel } from '../../console/run/skipped-labels.ts';
import { isFileNote } from '../../console/text/file-note.tsx';
import { splitBlocks } from '../../console/text/split-blocks.ts';

describe('why an attempt was started', () => {
  const why = (failure: object | undefined, skipped: readonly object[], cause = 'repair') =>
    startReason(
      { attempts: [{ attempt: 1, failure, skipped }] } as unknown as StageState,
      { attempt: 2, cause } as AttemptState,
    );
  const open = (path?: string) => ({ reason: 'open', path, offset: 0, chars: 1 });

  test.each([
    [{ reason: 'file_open' }, [open('a.ts'), open('b.ts')], 'repair: 2 files were not closed'],
    [{ reason: 'file_open' }, [open('a.ts')], 'repair: a.ts was not closed'],
    [{ reason: 'file_open' }, [], 'repair: a file was not closed'],
    [
      { reason: 'file_elided' },
      [open('a.ts'), { reason: 'elided', path: 'c.ts' }],
      'repair: c.ts omits parts',
    ],
    [{ reason: 'no_file' }, [], 'repair: the answer contained no file'],
    [{ reason: 'of_a_later_version' }, [], 'repair: of a later version'],
    [{}, [], 'repair'],
    [undefined, [], 'repair'],
  ])('%o', (failure, skipped, says) => {
    expect(why(failure, skipped)).toBe(says);
  });

  test('is the length limit, a retry with its reason, or an unknown cause of a later version', () => {
    expect(why(undefined, [], 'continue')).toBe('continued after the length limit');
    expect(why({ reason: 'empty' }, [], 'retry')).toBe('retry: the model returned no text');
    expect(why({ reason: 'empty' }, [], 'steer')).toBe('after a steer');
    expect(why(undefined, [], 'of_a_later_version')).toBe('of_a_later_version');
  });

  test('is changed files for a repeated review, and the review for a refiner', () => {
    const whyOf = (role: string) =>
      startReason(
        { role, attempts: [] } as unknown as StageState,
        { attempt: 1, cause: 'review' } as AttemptState,
      );
    expect(whyOf('reviewer')).toBe('another review: files changed after the previous one');
    expect(whyOf('refiner')).toBe('after the review');
  });
});

// Broken once: all instructions of a prompt were shown alike, so that every later stage looked steered.
test.each([
  [{ stage: 2, attempt: 2 }, undefined],
  [{ stage: 2, attempt: 1 }, 'from attempt 1'],
  [{ stage: 1, attempt: 2 }, 'from stage 1'],
  [{ stage: 1, attempt: null }, 'from stage 1'],
  [{ stage: null, attempt: null }, undefined],
  [undefined, undefined],
])('an instruction applied to %o is inherited by stage 2, attempt 2: %s', (appliedTo, says) => {
  expect(inheritedFrom({ appliedTo } as CommandState, { stage: 2, attempt: 2 })).toBe(says);
});

test('a text is truncated only if its stage completed at the length limit', () => {
  const stage = (status: string, finishReason?: string) => ({ status, finishReason }) as StageState;
  expect(isTruncated(stage('completed', 'length'))).toBe(true);
  expect(isTruncated(stage('completed', 'stop'))).toBe(false);
  expect(isTruncated(stage('running', 'length'))).toBe(false);
});

describe('a block that was not saved', () => {
  test('has a sentence for every reason, with and without a path', () => {
    for (const reason of SkipReason.options) {
      const named = skippedLabel({ reason, path: 'src/a.ts', offset: 0, chars: 1 });
      const unnamed = skippedLabel({ reason, offset: 0, chars: 1 });
      if (reason !== 'no_path') expect(named).toContain('src/a.ts');
      expect(unnamed).not.toContain('undefined');
      expect(unnamed).toMatch(/^[A-Z].*\.$/);
    }
    const later = { reason: 'of_a_later_version', offset: 0, chars: 1 } as unknown as SkippedBlock;
    expect(skippedLabel(later)).toBe('A code block was not saved: of a later version.');
  });

  test('is identified by its first line', () => {
    const text = 'So:\n```ts\n\n  const one = 1;\nconst two = 2;\n```\n';
    const block = (offset: number, chars = 99) => ({ reason: 'no_path' as const, offset, chars });
    expect(blockBeginning(text, block(4))).toBe('const one = 1;');
    expect(blockBeginning(text, block(text.length))).toBe('');
    expect(blockBeginning('x'.repeat(90), block(0))).toBe(`${'x'.repeat(80)}…`);
  });
});

describe('a review', () => {
  const recorded: ReviewState = {
    stage: 2,
    attempt: 2,
    verdict: 'unknown',
    issues: [],
    problems: ['No JSON.'],
  };
  const noted: ReviewState = {
    stage: 2,
    attempt: 1,
    verdict: null,
    issues: [{ severity: 'nit', message: 'a' }],
  };
  const state = { reviews: [noted, recorded] } as unknown as RunState;
  const of = (attempt: Partial<AttemptState>) =>
    reviewOf(state, { stage: 2 } as StageState, { status: 'completed', ...attempt } as AttemptState);

  // Broken once: read by the page itself, a text that the server could not read was shown as approved.
  test('comes from the run’s events, not from the text', () => {
    expect(of({ attempt: 2, text: '{"issues":[],"verdict":"approved"}' })).toBe(recorded);
    expect(of({ attempt: 1, text: '{"issues":[],"verdict":"approved"}' })).toBe(noted);
    expect(of({ attempt: 3, text: '{"issues":[],"verdict":"approved"}' })).toBeUndefined();
    expect(of({ attempt: 3, status: 'running' })).toEqual({ issues: [], verdict: null });
  });

  test('without a verdict is in progress only while its attempt runs', () => {
    expect(verdictLabel(null, true)).toBe('in progress');
    expect(verdictLabel(null, false)).toBe('cut off');
    expect(verdictLabel('unknown', false)).toBe('verdict unknown');
    expect(verdictLabel('changes_requested', false)).toBe('changes requested');
  });
});

test('the issues of a review are counted by their severity', () => {
  const count = (...severities: string[]) =>
    issueCount(severities.map((severity) => ({ severity }) as ReviewState['issues'][number]));
  expect(count('nit', 'major', 'nit', 'nit')).toBe('4 issues (1 major, 3 nits)');
  expect(count('nit')).toBe('1 issue (1 nit)');
  expect(count('minor', 'blocker', 'blocker', 'minor')).toBe('4 issues (2 blockers, 2 minor)');
  expect(count('of_a_later_version')).toBe('1 issue');
});

test('a file instruction is not a code card', () => {
  const notes = (text: string) =>
    splitBlocks(text).flatMap((block) => (block.kind === 'code' ? [isFileNote(block)] : []));
  expect(notes('```delete src/old.ts\n```\n')).toEqual([true]);
  expect(notes('```unchanged\n```\n')).toEqual([true]);
  expect(notes('```delete src/old.ts\nfrom a;\n```\n')).toEqual([false]);
  expect(notes('```delete\n```\n```ts src/a.ts\n```\n```\n```\n')).toEqual([false, false, false]);
});
