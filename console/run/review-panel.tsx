import { isEnded } from '@stagewire/client';
import { memo } from 'react';
import type { ReviewState, RunState } from '@stagewire/client';
import { IssueList, type ShowFile } from './issue-list.tsx';
import { ReviewProblems, ReviewSummary } from './review-summary.tsx';

export interface ReviewPanelProps {
  readonly state: RunState;
  readonly onShowFile: ShowFile;
  readonly onShowStage: (stage: number, attempt?: number) => void;
}

/** All reviews of the run, the latest first and expanded. */
export const ReviewPanel = memo(
  function ReviewPanel({ state, onShowFile, onShowStage }: ReviewPanelProps) {
    if (state.reviews.length === 0)
      return (
        <p className="empty">
          {isEnded(state)
            ? 'This run has no review.'
            : 'No review yet. Issues appear here while the reviewer writes.'}
        </p>
      );
    return (
      <div className="reviews">
        {state.reviews.toReversed().map((review, index) => (
          <Review
            key={`${review.stage}-${review.attempt}`}
            state={state}
            review={review}
            isLatest={index === 0}
            onShowFile={onShowFile}
            onShowStage={onShowStage}
          />
        ))}
      </div>
    );
  },
  (one, other) =>
    one.state.reviews === other.state.reviews &&
    one.state.status === other.state.status &&
    one.state.files === other.state.files &&
    one.state.stages.length === other.state.stages.length &&
    attemptsIn(one.state) === attemptsIn(other.state) &&
    one.onShowFile === other.onShowFile &&
    one.onShowStage === other.onShowStage,
);

interface ReviewProps extends ReviewPanelProps {
  readonly review: ReviewState;
  readonly isLatest: boolean;
}

function Review({ state, review, isLatest, onShowFile, onShowStage }: ReviewProps) {
  const stage = state.stages.find((it) => it.stage === review.stage);
  const attempt = stage?.attempts.find((it) => it.attempt === review.attempt);
  const severalAttempts = (stage?.attempts.length ?? 1) > 1;
  return (
    <details className="review-entry" open={isLatest}>
      <summary>
        <span className="review-name">
          Stage {review.stage}
          {severalAttempts && `, attempt ${review.attempt}`}
        </span>
        <ReviewSummary review={review} isRunning={attempt?.status === 'running'} />
      </summary>
      <div className="review">
        <ReviewProblems review={review} />
        <IssueList state={state} stage={review.stage} issues={review.issues} onShowFile={onShowFile} />
        <p>
          <button
            type="button"
            className="link"
            onClick={() => onShowStage(review.stage, severalAttempts ? review.attempt : undefined)}
          >
            Show stage
          </button>
        </p>
      </div>
    </details>
  );
}

/** Changes when an attempt starts or ends: then the latest review starts or stops being in progress. */
function attemptsIn({ stages }: RunState): string {
  const last = stages.at(-1);
  return `${last?.attempts.length} ${last?.status}`;
}
