import type { RunEvent } from '@stagewire/client';

/** Where a fault of the sloppy crew is to be seen. */
export interface SloppyFault {
  readonly name: string;
  /** Part of an event of the run. */
  readonly event: Partial<Record<string, unknown>> & { readonly type: RunEvent['type'] };
  /** What stands in the terminal, in one line. */
  readonly terminal: string;
  /** The attempt and what stands on its page in the console. */
  readonly page: { readonly stage: number; readonly attempt: number; readonly text: string | RegExp };
}

const at = (stage: number, attempt: number) => ({ stage, attempt });
const skipped = (reason: string, path?: string) =>
  ({ type: 'artifact.skipped', reason, ...(path === undefined ? {} : { path }) }) as const;

/** All that is wrong with the answers of `sloppyCrew`, in the order of the run. */
export const sloppyFaults: readonly SloppyFault[] = [
  {
    name: 'a thought in tags before the answer',
    event: { type: 'stage.reasoning', ...at(1, 1) },
    terminal: '│ Perhaps one file:',
    page: { ...at(1, 1), text: /Reasoning/ },
  },
  {
    name: 'a text that is cut at the length limit',
    event: { type: 'stage.interrupted', ...at(1, 1), cause: 'length' },
    terminal: '✗ attempt 1 truncated at the length limit, after 34 characters',
    page: { ...at(1, 1), text: 'at the model’s length limit; the next attempt continues' },
  },
  {
    name: 'a file that is cut, and goes on behind a fence that is opened again',
    event: {
      type: 'artifact.recorded',
      ...at(2, 2),
      path: 'src/queue.ts',
      // Without the fence between the two.
      parts: [
        { offset: 162, chars: 30 },
        { offset: 198, chars: 5 },
      ],
    },
    terminal: 'continuing after 192 characters, where the length limit was reached',
    page: { ...at(2, 2), text: /continued after the length limit/ },
  },
  {
    name: 'a block without a name',
    event: { ...skipped('no_path'), ...at(2, 2) },
    terminal: '! a block of 9 characters has no path: the model is asked again',
    page: { ...at(2, 2), text: /A code block has no file name\./ },
  },
  {
    name: 'a path outside of the project',
    event: { ...skipped('path_refused', '../secrets.ts'), ...at(2, 2) },
    terminal: '! ../secrets.ts has an invalid path: the model is asked again',
    page: { ...at(2, 2), text: /\.\.\/secrets\.ts is not a valid path/ },
  },
  {
    name: 'a file that is left open',
    event: { ...skipped('open', 'src/ring.ts'), ...at(2, 2) },
    terminal: '! src/ring.ts was never closed: the model is asked again',
    page: { ...at(2, 2), text: /src\/ring\.ts is incomplete: its code block was never closed/ },
  },
  {
    name: 'a repair, with its reason',
    event: { type: 'stage.started', ...at(2, 3), cause: 'repair' },
    terminal: '· repair: a file was not closed ·',
    page: { ...at(2, 3), text: /repair: src\/ring\.ts was not closed/ },
  },
  {
    name: 'a patch in place of a file',
    event: { ...skipped('diff', 'src/clock.ts'), ...at(2, 3) },
    terminal: '! src/clock.ts is a patch, not a complete file: not saved; the previous version is kept',
    page: { ...at(2, 3), text: /src\/clock\.ts is a patch, not the text of a file/ },
  },
  {
    name: 'a review in near-JSON',
    event: {
      type: 'review.recorded',
      ...at(3, 1),
      verdict: 'changes_requested',
      issues: [{ severity: 'major', message: 'It has\nno lock.', file: 'src/queue.ts', line: 2 }],
    },
    terminal: '• major src/queue.ts:2 It has no lock.',
    page: { ...at(3, 1), text: /It has\s+no lock\./ },
  },
  {
    name: 'what was odd in the form of that review',
    event: { type: 'review.recorded', ...at(3, 1) },
    terminal:
      '! The JSON was read despite a raw line end or tab in a string, a comma before a closing bracket.',
    page: { ...at(3, 1), text: /The JSON was read despite a raw line end/ },
  },
  {
    name: 'a removal',
    event: { type: 'artifact.removed', ...at(4, 1), path: 'src/old.ts' },
    terminal: '- src/old.ts, removed',
    page: { ...at(4, 1), text: /Removes src\/old\.ts/ },
  },
  {
    name: 'a removal of a file that is not there',
    event: { ...skipped('no_such_file', 'src/nowhere.ts'), ...at(4, 1) },
    terminal: '! src/nowhere.ts is marked as removed, but there is no such file: ignored',
    page: { ...at(4, 1), text: /src\/nowhere\.ts was to be removed, but does not exist/ },
  },
  {
    name: 'one path twice',
    event: { ...skipped('duplicate', 'src/ring.ts'), ...at(4, 1) },
    terminal: '! src/ring.ts is repeated later in the text: the later block is saved',
    page: { ...at(4, 1), text: /src\/ring\.ts occurs more than once/ },
  },
  {
    name: 'a part of a file',
    event: { ...skipped('excerpt', 'src/queue.ts'), ...at(4, 1) },
    terminal: '! src/queue.ts is a part of an existing file: the model is asked again',
    page: { ...at(4, 1), text: /src\/queue\.ts is only an excerpt of a file/ },
  },
  {
    name: 'a file with parts left out',
    event: { ...skipped('elided', 'src/clock.ts'), ...at(4, 1) },
    terminal: '! src/clock.ts omits parts of the file: the model is asked again',
    page: { ...at(4, 1), text: /src\/clock\.ts omits parts of the file/ },
  },
  {
    name: 'the same again after the repair',
    event: { ...skipped('elided', 'src/clock.ts'), ...at(4, 2) },
    terminal: '! src/clock.ts omits parts of the file: not saved; the previous version is kept',
    page: { ...at(4, 2), text: /src\/clock\.ts omits parts of the file.* The file was not changed/ },
  },
  {
    name: 'an approval beside a blocker',
    event: { type: 'review.recorded', ...at(5, 1), verdict: 'changes_requested' },
    terminal: '! An approval with a blocker or a major issue counts as changes_requested.',
    page: { ...at(5, 1), text: /An approval with a blocker or a major issue counts as changes_requested/ },
  },
  {
    name: 'nothing to change',
    event: { type: 'stage.completed', ...at(6, 1) },
    terminal: '```unchanged',
    page: { ...at(6, 1), text: 'No file changes' },
  },
  {
    name: 'an approval with prose around it',
    event: { type: 'review.recorded', ...at(7, 1), verdict: 'approved', issues: [] },
    terminal: 'verdict: approved',
    page: { ...at(7, 1), text: /approved/i },
  },
  {
    name: 'a tool in place of a text',
    event: { type: 'stage.started', ...at(8, 2), cause: 'repair' },
    terminal: '· repair: it called a tool, and a run has no tools ·',
    page: { ...at(8, 2), text: /repair: the model called a tool, but none are available/ },
  },
  {
    name: 'a thought with its closing tag only',
    event: { type: 'artifact.recorded', ...at(8, 2), path: 'test/queue.test.ts' },
    terminal: '! the first 36 characters are reasoning, up to its closing tag: ignored for files',
    page: { ...at(8, 2), text: /Reasoning before the answer/ },
  },
  {
    name: 'a tester that changes what was reviewed',
    event: { type: 'run.planned', roles: ['reviewer', 'documenter'], cause: 'review' },
    terminal: '· reviewed files have changed ·',
    page: { ...at(9, 1), text: /another review: files changed after the previous one/ },
  },
  {
    name: 'changes requested, and no issue',
    event: { type: 'stage.started', ...at(9, 2), cause: 'repair' },
    terminal: '· repair: it requested changes without an issue ·',
    page: { ...at(9, 2), text: /the review requests changes without an issue/ },
  },
  {
    name: 'a review that is no review',
    event: { type: 'review.recorded', ...at(9, 2), verdict: 'unknown', issues: [] },
    terminal: 'verdict: unknown (the review is not reliable)',
    page: { ...at(9, 2), text: /there is no JSON object with the keys "issues" and "verdict"/ },
  },
  {
    name: 'a text that is still cut after three continuations',
    event: { type: 'stage.completed', ...at(10, 4), finishReason: 'length' },
    terminal: '! length limit reached: the text is truncated and marked as such for the next roles',
    page: { ...at(10, 4), text: /The model reached its length limit; the end of the text is missing/ },
  },
  {
    name: 'the file that is open at that end',
    event: { ...skipped('open', 'README.md'), ...at(10, 4) },
    terminal: '! README.md was never closed: not saved; the next role gets it as unfinished',
    page: { ...at(10, 4), text: /README\.md is incomplete: its code block was never closed/ },
  },
];
