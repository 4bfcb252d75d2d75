import { visibleName } from '@stagewire/client/text';
import { duration, codeOf } from '@stagewire/client';
import type { FileState, RunState, StageState } from '@stagewire/client';
import { Link } from '../shell/link.tsx';
import { labelFor } from '../shell/labels.ts';
import { isCutOff } from './attempt-labels.ts';
import { textOf } from './commands.ts';
import { StatusIcon } from './stage-icon.tsx';

export interface RunEndProps {
  readonly state: RunState;
  readonly onShowStage: (stage: number) => void;
  readonly onShowFile: (path: string) => void;
}

/** How the whole run came out, behind its last stage. */
export function RunEnd({ state, onShowStage, onShowFile }: RunEndProps) {
  const took = duration(
    Date.parse(state.endedAt ?? state.updatedAt) - Date.parse(state.startedAt ?? state.queuedAt),
  );
  return (
    <div className={`run-end is-${state.status}`}>
      <p>
        <StatusIcon status={state.status} verdict={state.verdict} />
        <strong>{sentence(state, took)}</strong>
      </p>
      {state.status === 'failed' && state.failure !== undefined && !isSaidAbove(state) ? (
        <p>
          {state.failure.message} <span className="mono muted">{state.failure.code}</span>
        </p>
      ) : null}
      <CancelReason state={state} />
      <CutTexts stages={state.stages.filter(isCutOff)} onShow={onShowStage} />
      <ElidedFiles files={state.files.filter(({ elided }) => elided === true)} onShow={onShowFile} />
    </div>
  );
}

function sentence(state: RunState, took: string): string {
  if (state.status === 'cancelled') return `The run was cancelled after ${took}`;
  if (state.status === 'failed') return `The run failed after ${took}`;
  // There may have been a review and yet no verdict on what the run has made of it since.
  const none = state.reviews.length === 0 ? 'without a review' : 'no verdict';
  const review = state.verdict === undefined || state.verdict === 'none' ? none : labelFor(state.verdict);
  return `The run is complete: ${review}, ${took}`;
}

/** What of the result is not whole: texts that end at a length limit. */
function CutTexts({
  stages,
  onShow,
}: {
  readonly stages: readonly StageState[];
  readonly onShow: (stage: number) => void;
}) {
  if (stages.length === 0) return null;
  return (
    <p className="run-end-gap">
      <span className="badge is-cut">cut off</span> At the model’s length limit ends the text of
      {stages.map(({ stage, role }) => (
        <button key={stage} type="button" className="link" onClick={() => onShow(stage)}>
          {role}, stage {stage}
        </button>
      ))}
    </p>
  );
}

/** What of the result is not whole: files with a placeholder in them. */
function ElidedFiles({
  files,
  onShow,
}: {
  readonly files: readonly FileState[];
  readonly onShow: (path: string) => void;
}) {
  if (files.length === 0) return null;
  return (
    <p className="run-end-gap">
      <span className="badge is-cut">parts may be missing</span> The model left something out in
      {files.map(({ path }) => (
        <button key={path} type="button" className="link mono" onClick={() => onShow(path)}>
          {visibleName(path)}
        </button>
      ))}
    </p>
  );
}

/** The last attempt's own ending stands right above, mostly with the very same failure. */
function isSaidAbove({ stages, failure }: RunState): boolean {
  return stages.at(-1)?.attempts.at(-1)?.failure?.message === failure?.message;
}

function CancelReason({ state }: { readonly state: RunState }) {
  const cancel = state.commands.findLast((it) => it.command.kind === 'cancel' && it.command.target === 'run');
  if (state.status !== 'cancelled' || cancel === undefined || textOf(cancel.command) === '') return null;
  return <blockquote>{textOf(cancel.command)}</blockquote>;
}

/** A run that cannot be shown, or not any further; or one that is still being fetched. */
export function RunProblem({ runId, error }: { readonly runId: string; readonly error: Error | undefined }) {
  if (error === undefined) {
    return (
      <div className="page-note" role="status">
        <p className="waiting-line">
          <span className="waiting-dot" aria-hidden="true" />
          Fetching the run
        </p>
      </div>
    );
  }
  const { title, says } = problemWords(error);
  return (
    <div className="page-note" role="alert">
      <h1>{title}</h1>
      <p>{says}</p>
      <p className="mono muted">{runId}</p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}

function problemWords(error: Error): { title: string; says: string } {
  switch (codeOf(error)) {
    case 'RUN_NOT_FOUND':
      return {
        title: 'There is no such run',
        says: 'This server has no run of this id. It may have been started with another data folder.',
      };
    case 'RUN_EXPIRED':
      return {
        title: 'This run was removed',
        says: 'The server keeps finished runs for a limited time only.',
      };
    default:
      return { title: 'This run cannot be followed', says: `${error.message} Reload the page to try again.` };
  }
}
