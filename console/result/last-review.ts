import type { ReviewIssue, ReviewState, RunState } from '@stagewire/client';
import { issueCount, severityCounts } from '../run/issue-count.ts';

/** An issue of the last review. */
export interface LeftIssue {
  readonly issue: ReviewIssue;
  /** The later stage that wrote the file of the issue; then the issue may be fixed. */
  readonly changedIn: number | undefined;
}

/** The issues of the last review of a run, in its order. */
export function leftIssues({ review, files }: RunState): readonly LeftIssue[] {
  if (review === null) return [];
  return review.issues.map((issue) => ({ issue, changedIn: changedIn(issue, { review, files }) }));
}

function changedIn(
  { file: path }: ReviewIssue,
  { review, files }: { readonly review: ReviewState; readonly files: RunState['files'] },
): number | undefined {
  const stage = files.find((file) => file.path === path)?.stage;
  return stage !== undefined && stage > review.stage ? stage : undefined;
}

/** The title of the issues of the last review. */
export function leftIssuesTitle(review: ReviewState, issues: readonly LeftIssue[]): string {
  const shown = issues.map(({ issue }) => issue);
  const count = issueCount(shown);
  if (review.verdict === null) return `The last review was cut off after ${count}`;
  return issues.some(({ changedIn: stage }) => stage !== undefined)
    ? `Last review: ${count}`
    : `Open issues: ${severityCounts(shown) || issues.length}`;
}
