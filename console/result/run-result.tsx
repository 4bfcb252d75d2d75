import { failureAdvice, type AdviceSettings } from '@stagewire/client';
import type { RunState, StageState } from '@stagewire/client';
import { isTruncated } from '../run/attempt-labels.ts';
import { textOf } from '../run/commands.ts';
import type { ShowFile } from '../run/issue-list.tsx';
import { useOwnCommands } from '../run/own-commands.ts';
import { StatusIcon } from '../run/stage-icon.tsx';
import { capitalized, sentence } from '../shell/labels.ts';
import type { Panel } from '../shell/route.ts';
import { LeftIssues } from './left-issues.tsx';
import { ResultFiles } from './result-files.tsx';
import { resultFacts, resultSentence, resultText, resultTone } from './result-text.ts';
import { RunNextSteps } from './run-next-steps.tsx';

export interface RunResultProps {
  readonly state: RunState;
  /** The run has ended while the page was open. */
  readonly isNew: boolean;
  readonly onShowStage: (stage: number) => void;
  readonly onShowFile: ShowFile;
  readonly onOpenFiles: () => void;
  readonly onPanel: (panel: Panel) => void;
}

/** The sections of the start form that have these settings. */
const settings: AdviceSettings = {
  model: ' (under “Models and instructions”)',
  effort: ' (under “Effort and output length”)',
  outputLimit: ' (under “Effort and output length”)',
  budget: ' (under “Limits”)',
};

/** What an ended run made: its outcome, figures, files, open issues and the next steps. */
export function RunResult(props: RunResultProps) {
  const { state, isNew, onShowStage, onShowFile, onOpenFiles, onPanel } = props;
  return (
    <article
      className={`run-result is-${resultTone(state)}${isNew ? ' is-new' : ''}`}
      aria-labelledby="result-title"
    >
      <header>
        <StatusIcon status={state.status} verdict={state.verdict} size={22} />
        <div>
          <h2 id="result-title">Run {resultText(state)}</h2>
          <p className="muted">{resultSentence(state)}</p>
        </div>
      </header>
      <Failure state={state} />
      <CancelReason state={state} />
      <dl className="result-facts">
        {resultFacts(state).map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <RunNextSteps state={state} onOpenFiles={onOpenFiles} />
      <TruncatedTexts stages={state.stages.filter(isTruncated)} onShow={onShowStage} />
      <LeftIssues state={state} onShowFile={onShowFile} onShowStage={onShowStage} onPanel={onPanel} />
      <ResultFiles state={state} onShowFile={onShowFile} onPanel={onPanel} />
    </article>
  );
}

/** Why a run failed, and what to do. */
function Failure({ state: { failure } }: { readonly state: RunState }) {
  if (failure === undefined) return null;
  return (
    <div className="result-failure">
      <p>
        {sentence(failure.message)} <span className="mono muted">{failure.code}</span>
      </p>
      <p>
        <strong>Next step:</strong> {failureAdvice(failure, settings)}
      </p>
    </div>
  );
}

/** Who cancelled a run, with the reason. */
function CancelReason({ state }: { readonly state: RunState }) {
  const own = useOwnCommands();
  const cancel = state.commands.findLast((it) => it.command.kind === 'cancel' && it.command.target === 'run');
  if (state.status !== 'cancelled' || cancel === undefined) return null;
  const reason = textOf(cancel.command);
  const who = own.has(cancel.commandId) ? 'you' : (cancel.actor.name ?? cancel.actor.id);
  return (
    <div className="result-cancel">
      <p>
        Cancelled by {who}
        {reason === '' ? ', without a reason' : ':'}
      </p>
      {reason === '' ? null : <blockquote>{reason}</blockquote>}
    </div>
  );
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
    <p className="result-gap">
      <span className="badge is-cut">Truncated</span> Reached the model’s length limit:{' '}
      {stages.map(({ stage, role }, index) => (
        <span key={stage}>
          {index === 0 ? '' : ', '}
          <button type="button" className="link" onClick={() => onShow(stage)}>
            {capitalized(role)}, stage {stage}
          </button>
        </span>
      ))}
    </p>
  );
}
