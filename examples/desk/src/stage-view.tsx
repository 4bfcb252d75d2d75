import { memo } from 'react';
import { useStage } from '@stagewire/client/react';
import { ModelText } from './model-text.tsx';
import { ReviewIssues } from './review-issues.tsx';
import { StatusBadge } from './status-badge.tsx';

/** One stage. It opens while it is the last one; the user can open any. */
export const StageView = memo(function StageView({ runId, stage, isLast }: StageViewProps) {
  const shown = useStage(runId, stage);
  const attempt = shown?.attempts.at(-1);
  if (shown === undefined || attempt === undefined) return null;
  const isLive = shown.status === 'running' || shown.status === 'backoff';
  return (
    <details className="stage" open={isLast} id={`stage-${stage}`}>
      <summary>
        <h2>
          {stage}. {shown.role}
        </h2>
        <StatusBadge status={shown.status} />
        {shown.attempts.length > 1 && <span className="quiet">attempt {attempt.attempt}</span>}
        {attempt.inheritedFrom !== undefined && <span className="quiet">inherited</span>}
        <span className="quiet model">{attempt.model}</span>
      </summary>
      <div className="stage-text" aria-busy={isLive}>
        {attempt.failure !== undefined && <p className="problem">{attempt.failure.message}</p>}
        {shown.format === 'json' ? (
          <ReviewIssues runId={runId} stage={stage} />
        ) : (
          <ModelText text={attempt.text} />
        )}
        {isLive && <span className="caret" aria-hidden="true" />}
        {attempt.text === '' && attempt.reasoning !== '' && <p className="quiet">Thinking…</p>}
      </div>
    </details>
  );
});

interface StageViewProps {
  readonly runId: string;
  readonly stage: number;
  readonly isLast: boolean;
}
