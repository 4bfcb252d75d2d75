import type { FailureReason, ReviewIssue, Verdict } from '@stagewire/shared';
import { WrittenReview } from './review-schema.ts';
import { createReviewStream } from './review-stream.ts';

/** What a reviewer's text comes to. */
export interface ParsedReview {
  /** What is to be recorded if no repair follows. */
  readonly verdict: Verdict;
  /** Every issue that could be read. */
  readonly issues: readonly ReviewIssue[];
  /** Why the reviewer is to be asked again; absent if the review can be used as it is. */
  readonly problem?: {
    readonly reason: Extract<FailureReason, 'review_unreadable' | 'review_without_issues'>;
    readonly message: string;
  };
  /** What was read in spite of its form, or left out: at most ten sentences. */
  readonly notes: readonly string[];
}

/** How many defects of one review are named at most: enough to mend it, few enough to read. */
const maxDefects = 10;

/**
 * Reads the reviewer's text, with or without a fence, thinking in tags or prose around its one JSON object. What
 * is cut off, contradicts itself or does not fit the schema is a problem, never a review.
 */
export function parseReview(text: string): ParsedReview {
  const stream = createReviewStream(() => {});
  stream.write(text);
  const read = stream.end();
  if ('problem' in read) return unreadable(read.problem);
  const parsed = WrittenReview.safeParse(read.document);
  if (parsed.success) return { ...parsed.data, notes: [] };
  const defects = parsed.error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  return unreadable(defects.slice(0, maxDefects).join('; '));
}

function unreadable(message: string): ParsedReview {
  return { verdict: 'unknown', issues: [], problem: { reason: 'review_unreadable', message }, notes: [] };
}
