import { capitalized } from '../shell/labels.ts';
import { issueCount } from './issue-count.ts';
import { verdictLabel, type ShownReview } from './review-of.ts';

export interface ReviewSummaryProps {
  readonly review: ShownReview;
  readonly isRunning: boolean;
}

/** The verdict and the number of issues of a review, in one line. */
export function ReviewSummary({ review, isRunning }: ReviewSummaryProps) {
  return (
    <>
      <span className={`badge is-${review.verdict ?? (isRunning ? 'open' : 'cut')}`}>
        {capitalized(verdictLabel(review.verdict, isRunning))}
      </span>
      <span>{issueText(review, isRunning)}</span>
    </>
  );
}

/** A review that could not be parsed, or was cut off, is not reported as one without issues. */
function issueText({ verdict, issues }: ShownReview, isRunning: boolean): string {
  const isCutOff = verdict === null && !isRunning;
  if (isCutOff)
    return `The review was cut off ${issues.length === 0 ? 'before its first issue' : `after ${issueCount(issues)}`}`;
  if (issues.length > 0) return `${issueCount(issues)}${isRunning ? ' so far' : ''}`;
  if (isRunning) return 'Issues appear here as they are found';
  return verdict === 'unknown' ? 'No issues could be parsed' : 'No issues';
}

/** The parts of a review that could not be parsed, or were repaired. */
export function ReviewProblems({ review }: { readonly review: ShownReview }) {
  const { problems = [] } = review;
  if (problems.length === 0) return null;
  return (
    <ul className="review-problems" aria-label="Review problems">
      {problems.map((problem) => (
        <li key={problem}>{problem}</li>
      ))}
    </ul>
  );
}
