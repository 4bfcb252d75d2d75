import { useRun } from '@stagewire/client/react';

/** The issues of a reviewer's last attempt, while they are written and afterwards. */
export function ReviewIssues({ runId, stage }: { runId: string; stage: number }) {
  const { state } = useRun(runId);
  const review = state?.reviews.findLast((it) => it.stage === stage);
  if (review === undefined) return <p className="quiet">No issues yet.</p>;
  return (
    <div className="review">
      {review.verdict !== null && (
        <p>
          Verdict: <strong>{review.verdict.replaceAll('_', ' ')}</strong>
        </p>
      )}
      {review.issues.length === 0 && <p className="quiet">No issues.</p>}
      <ol>
        {review.issues.map(({ severity, message, file, line, suggestion }, index) => (
          <li key={index}>
            <span className="badge" data-severity={severity}>
              {severity}
            </span>{' '}
            {message}
            {file !== undefined && (
              <code>
                {file}
                {line !== undefined && `:${line}`}
              </code>
            )}
            {suggestion !== undefined && <p className="quiet">{suggestion}</p>}
          </li>
        ))}
      </ol>
      {review.problems?.map((problem) => (
        <p className="problem" key={problem}>
          {problem}
        </p>
      ))}
    </div>
  );
}
