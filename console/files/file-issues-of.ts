import type { AttemptPlace, ReviewIssue, ReviewState } from '@stagewire/client';

/** An issue about a file, and the stage of its review. */
export interface FileIssue {
  readonly stage: number;
  readonly issue: ReviewIssue;
}

/** The issues of one version of a file: those of the reviews that started while it was the latest. */
export function fileIssuesOf(
  path: string,
  reviews: readonly ReviewState[],
  shown: { readonly at: AttemptPlace | undefined; readonly next: AttemptPlace | undefined },
): readonly FileIssue[] {
  return reviews
    .filter(({ stage }) => (shown.at?.stage ?? 0) < stage && (shown.next?.stage ?? Infinity) > stage)
    .flatMap(({ stage, issues }) =>
      issues.filter(({ file }) => file === path).map((issue) => ({ stage, issue })),
    );
}
