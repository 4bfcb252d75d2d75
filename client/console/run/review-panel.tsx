import { memo } from 'react';
import type { RunState } from '../../generated/contract.ts';
import { wordFor } from '../shell/words.ts';
import { IssueList } from './review-text.tsx';

export interface ReviewPanelProps {
  readonly state: RunState;
  readonly onShowFile: (path: string, line: number | undefined) => void;
  readonly onShowStage: (stage: number) => void;
}

/** The latest review of the run. */
export const ReviewPanel = memo(
  function ReviewPanel({ state, onShowFile, onShowStage }: ReviewPanelProps) {
    const { review } = state;
    if (review === null)
      return <p className="empty">No review yet. Its issues appear here while the reviewer writes.</p>;
    return (
      <div className="review">
        <p className="review-summary">
          <span className={`badge is-${review.verdict ?? 'unknown'}`}>
            {review.verdict === null ? 'being written' : wordFor(review.verdict)}
          </span>
          <button type="button" className="link" onClick={() => onShowStage(review.stage)}>
            stage {review.stage}
          </button>
        </p>
        {review.issues.length === 0 ? <p className="muted">No issues.</p> : null}
        <IssueList issues={review.issues} files={state.files} onShowFile={onShowFile} />
      </div>
    );
  },
  (one, other) =>
    one.state.review === other.state.review &&
    one.state.files === other.state.files &&
    one.onShowFile === other.onShowFile &&
    one.onShowStage === other.onShowStage,
);
