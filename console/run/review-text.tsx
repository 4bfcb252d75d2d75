import type { AttemptState, RunState, StageState } from '@stagewire/client';
import { CodeText } from '../text/code-text.tsx';
import { IssueList, type ShowFile } from './issue-list.tsx';
import { reviewOf } from './review-of.ts';
import { ReviewProblems, ReviewSummary } from './review-summary.tsx';

export interface ReviewTextProps {
  readonly state: RunState;
  readonly stage: StageState;
  readonly attempt: AttemptState;
  readonly onShowFile: ShowFile;
}

/** A review as its issues, one by one as they come, and its verdict; the model's own text is folded away. */
export function ReviewText({ state, stage, attempt, onShowFile }: ReviewTextProps) {
  const growing = attempt.status === 'running';
  const review = reviewOf(state, stage, attempt);
  return (
    <div className="review">
      {review === undefined ? (
        <p className="muted">
          {attempt.text === '' ? 'The reviewer wrote nothing.' : 'No review was recorded for this attempt.'}
        </p>
      ) : (
        <>
          <p className="review-summary">
            <ReviewSummary review={review} isRunning={growing} />
          </p>
          <ReviewProblems review={review} />
          <IssueList state={state} stage={stage.stage} issues={review.issues} onShowFile={onShowFile} />
        </>
      )}
      {attempt.text === '' ? null : (
        // Where nothing could be read, the text is all there is.
        <details className="raw" open={!growing && (review === undefined || isUnread(review))}>
          <summary>The reviewer's text</summary>
          <pre className="code wrapped" tabIndex={0} aria-label="The reviewer's text">
            <CodeText text={attempt.text} language="json" growing={growing} />
          </pre>
        </details>
      )}
    </div>
  );
}

function isUnread({
  verdict,
  issues,
}: {
  readonly verdict: string | null;
  readonly issues: readonly unknown[];
}) {
  return verdict === 'unknown' && issues.length === 0;
}
