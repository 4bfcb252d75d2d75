import { counted } from '@stagewire/client';
import { verdictWords, type ShownReview } from './review-of.ts';

export interface ReviewSummaryProps {
  readonly review: ShownReview;
  readonly isRunning: boolean;
}

/** The verdict of a review and how many issues it has, in a line. */
export function ReviewSummary({ review, isRunning }: ReviewSummaryProps) {
  return (
    <>
      <span className={`badge is-${review.verdict ?? 'open'}`}>
        {verdictWords(review.verdict, isRunning)}
      </span>
      <span>{issueWords(review, isRunning)}</span>
    </>
  );
}

/** Of a review that could not be read it is not known that there are no issues. */
function issueWords({ verdict, issues }: ShownReview, isRunning: boolean): string {
  if (issues.length > 0) return `${counted(issues.length, 'issue')}${isRunning ? ' so far' : ''}`;
  if (isRunning) return 'Reading; issues appear here as they are found';
  return verdict === 'unknown' || verdict === null ? 'No issue could be read' : 'No issues';
}

/** What of a review could not be read, or was read in spite of its form. */
export function ReviewProblems({ review }: { readonly review: ShownReview }) {
  const { problems = [] } = review;
  if (problems.length === 0) return null;
  return (
    <ul className="review-problems" aria-label="Problems of the review">
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
  );
}
