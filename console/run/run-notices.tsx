import { visibleName } from '@stagewire/client/text';
import { duration, codeOf } from '@stagewire/client';
import type { FileState, RunState, StageState } from '@stagewire/client';
import { Link } from '../shell/link.tsx';
import { capitalized, labelFor } from '../shell/labels.ts';
import { isTruncated } from './attempt-labels.ts';
import { textOf } from './commands.ts';
import { StatusIcon } from './stage-icon.tsx';

export interface RunEndProps {
  readonly state: RunState;
  readonly onShowStage: (stage: number) => void;
  readonly onShowFile: (path: string) => void;
}

/** The result of the run, below its last stage. */
export function RunEnd({ state, onShowStage, onShowFile }: RunEndProps) {
  const time = duration(
    Date.parse(state.endedAt ?? state.updatedAt) - Date.parse(state.startedAt ?? state.queuedAt),
  );
  return (
    <div className={`run-end is-${state.status}`}>
      <p>
        <StatusIcon status={state.status} verdict={state.verdict} />
        <strong>{resultText(state, time)}</strong>
      </p>
      {state.status === 'failed' && state.failure !== undefined && !isShownAbove(state) ? (
        <p>
          {state.failure.message} <span className="mono muted">{state.failure.code}</span>
        </p>
      ) : null}
      <CancelReason state={state} />
      <TruncatedTexts stages={state.stages.filter(isTruncated)} onShow={onShowStage} />
      <ElidedFiles files={state.files.filter(({ elided }) => elided === true)} onShow={onShowFile} />
    </div>
  );
}

function resultText(state: RunState, time: string): string {
  if (state.status === 'cancelled') return `Run cancelled after ${time}`;
  if (state.status === 'failed') return `Run failed after ${time}`;
  // The files may have changed since the last review; then there is no verdict.
  const none = state.reviews.length === 0 ? 'not reviewed' : 'no verdict';
  const review = state.verdict === undefined || state.verdict === 'none' ? none : labelFor(state.verdict);
  return `Run completed, ${review} (${time})`;
}

/** Texts of the result that are truncated at a length limit. */
function TruncatedTexts({
  stages,
  onShow,
}: {
  readonly stages: readonly StageState[];
  readonly onShow: (stage: number) => void;
}) {
  if (stages.length === 0) return null;
  return (
    <p className="run-end-gap">
      <span className="badge is-cut">Truncated</span> Reached the model’s length limit:
      {stages.map(({ stage, role }) => (
        <button key={stage} type="button" className="link" onClick={() => onShow(stage)}>
          {capitalized(role)}, stage {stage}
        </button>
      ))}
    </p>
  );
}

/** Files of the result with placeholders in them. */
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
      <span className="badge is-cut">May be incomplete</span> The model omitted parts of
      {files.map(({ path }) => (
        <button key={path} type="button" className="link mono" onClick={() => onShow(path)}>
          {visibleName(path)}
        </button>
      ))}
    </p>
  );
}

/** The last attempt's end is shown right above, mostly with the same failure. */
function isShownAbove({ stages, failure }: RunState): boolean {
  return stages.at(-1)?.attempts.at(-1)?.failure?.message === failure?.message;
}

function CancelReason({ state }: { readonly state: RunState }) {
  const cancel = state.commands.findLast((it) => it.command.kind === 'cancel' && it.command.target === 'run');
  if (state.status !== 'cancelled' || cancel === undefined || textOf(cancel.command) === '') return null;
  return <blockquote>{textOf(cancel.command)}</blockquote>;
}

/** Shown while a run is loading, and when its subscription has failed. */
export function RunProblem({ runId, error }: { readonly runId: string; readonly error: Error | undefined }) {
  if (error === undefined) {
    return (
      <div className="page-note" role="status">
        <p className="waiting-line">
          <span className="waiting-dot" aria-hidden="true" />
          Loading the run
        </p>
      </div>
    );
  }
  const { title, text } = problemText(error);
  return (
    <div className="page-note" role="alert">
      <h1>{title}</h1>
      <p>{text}</p>
      <p className="mono muted">{runId}</p>
      <p>
        <Link href="/">Start a new run</Link>
      </p>
    </div>
  );
}

function problemText(error: Error): { title: string; text: string } {
  switch (codeOf(error)) {
    case 'RUN_NOT_FOUND':
      return {
        title: 'Run not found',
        text: 'This server has no run with this ID. It may be in another data directory.',
      };
    case 'RUN_EXPIRED':
      return {
        title: 'Run expired',
        text: 'The server keeps ended runs for a limited time.',
      };
    default:
      return { title: 'Live updates failed', text: `${error.message} Reload the page to try again.` };
  }
}
