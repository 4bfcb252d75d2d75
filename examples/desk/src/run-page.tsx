import { costText, wholeSeconds } from '@stagewire/client';
import { useIdentity, useMay, useRun } from '@stagewire/client/react';
import { CommandList } from './command-list.tsx';
import { FilePanel } from './file-panel.tsx';
import { ReviewIssues } from './review-issues.tsx';
import { StageView } from './stage-view.tsx';
import { StatusBadge } from './status-badge.tsx';
import { SteerBox } from './steer-box.tsx';
import { useStickyEnd } from './use-sticky-end.ts';

export function RunPage({ runId }: { runId: string }) {
  const { state, status, error, waiting, cancel } = useRun(runId);
  const you = useIdentity();
  const mayCancel = useMay('runs.cancel', runId);
  useStickyEnd(state);
  if (status === 'loading') return <p className="quiet">Loading…</p>;
  if (state === undefined) return <p role="alert">{error?.message}</p>;
  const isLive = state.endedAt === undefined;
  const last = state.stages.at(-1)?.stage;
  return (
    <article className="run">
      <header className="run-head">
        <a className="back" href="#">
          ← Runs
        </a>
        <h1>{state.task}</h1>
        <div className="row">
          <span role="status">
            <StatusBadge status={status} />
          </span>
          {state.verdict !== undefined && (
            <span className="quiet">review: {state.verdict.replaceAll('_', ' ')}</span>
          )}
          <span className="quiet">{state.usage.outputTokens} tokens written</span>
          {state.cost !== undefined && <span className="quiet">{costText(state.cost)}</span>}
          {waiting !== undefined && (
            <span className="quiet">
              {waiting.phase}, {wholeSeconds(waiting.elapsedMs)}
            </span>
          )}
          {isLive && (
            <button disabled={!mayCancel} onClick={() => void cancel()}>
              Cancel run
            </button>
          )}
        </div>
        {state.failure !== undefined && <p className="problem">{state.failure.message}</p>}
        {status === 'unavailable' && <p role="alert">{error?.message}</p>}
      </header>
      <ol className="line" aria-label="Stages">
        {state.stages.map(({ stage, role, status }) => (
          <li key={stage} data-status={status} aria-current={stage === last && isLive ? 'step' : undefined}>
            {role}
          </li>
        ))}
        {state.plan.map((role, index) => (
          <li key={`planned-${index}`} data-status="planned">
            {role}
          </li>
        ))}
      </ol>
      <div className="columns">
        <div className="stages">
          {state.stages.map(({ stage }) => (
            <StageView key={stage} runId={runId} stage={stage} isLast={stage === last} />
          ))}
          {isLive && <SteerBox runId={runId} />}
          {isLive && you && !mayCancel && <p className="quiet">You may read this run, but not control it.</p>}
        </div>
        <aside className="panels" aria-label="Review, files and commands">
          {state.review !== null && (
            <section className="panel" aria-labelledby="review-heading">
              <h2 id="review-heading">Review in stage {state.review.stage}</h2>
              <ReviewIssues runId={runId} stage={state.review.stage} />
            </section>
          )}
          <FilePanel runId={runId} />
          <CommandList runId={runId} />
        </aside>
      </div>
    </article>
  );
}
