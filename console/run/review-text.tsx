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

/** A review: its verdict and issues as they arrive. The model's own text is collapsed. */
export function ReviewText({ state, stage, attempt, onShowFile }: ReviewTextProps) {
  const growing = attempt.status === 'running';
  const review = reviewOf(state, stage, attempt);
  return (
    <div className="review">
      {review === undefined ? (
        <p className="muted">
          {attempt.text === '' ? 'The reviewer returned no text.' : 'This attempt has no review.'}
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
        // Expanded where nothing could be parsed.
        <details className="raw" open={!growing && (review === undefined || isUnparsed(review))}>
          <summary>Reviewer output</summary>
          <pre className="code wrapped" tabIndex={0} aria-label="Reviewer output">
            <CodeText text={attempt.text} language="json" growing={growing} />
          </pre>
        </details>
      )}
    </div>
  );
}

function isUnparsed({
  verdict,
  issues,
}: {
  readonly verdict: string | null;
  readonly issues: readonly unknown[];
}) {
  return verdict === 'unknown' && issues.length === 0;
}
