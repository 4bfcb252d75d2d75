import { costText, grouped, duration, isEnded } from '@stagewire/client';
import { PanelRight } from 'lucide-react';
import { memo } from 'react';
import type { RunState, TotalCost, Usage } from '@stagewire/client';
import { cachedSuffix, shortCount } from '../shell/units.ts';
import { useNow } from '../shell/use-now.ts';
import { capitalized, labelFor } from '../shell/labels.ts';
import { CopyButton } from '../text/code-card.tsx';
import { LineageLine } from '../lineage/lineage-line.tsx';
import { LabelButton } from '../run-list/label-button.tsx';
import { EndedControls } from './ended-controls.tsx';
import { RunControls, type ControlDialog } from './run-controls.tsx';
import { ShareButton } from './share-button.tsx';
import { StatusIcon } from './stage-icon.tsx';

export interface RunHeaderProps {
  readonly state: RunState;
  readonly onOpen: (dialog: ControlDialog) => void;
  readonly onShowPanel: () => void;
}

/** A longer first line may not fit into the two lines of the heading. */
const longLineChars = 90;

/** Task, status, figures and controls of the run. */
export const RunHeader = memo(
  function RunHeader({ state, onOpen, onShowPanel }: RunHeaderProps) {
    const ended = isEnded(state);
    const [first = '', ...more] = state.task.trim().split('\n');
    return (
      <header className="run-header">
        <div className="run-title">
          <h1 title={state.task}>{first}</h1>
          <ShareButton state={state} />
          <button
            type="button"
            className="icon-button panel-open"
            aria-label="Show commands, review, files and usage"
            onClick={onShowPanel}
          >
            <PanelRight size={16} aria-hidden="true" />
          </button>
        </div>
        <div className="run-bar">
          <p className="run-facts">
            <span className={`run-status is-${state.status}`}>
              <StatusIcon status={state.status} verdict={state.verdict} size={14} />
              {capitalized(state.status)}
            </span>
            {state.verdict === undefined || state.verdict === 'none' ? null : (
              <span className={`badge is-${state.verdict}`}>{capitalized(labelFor(state.verdict))}</span>
            )}
            <RunTime state={state} ended={ended} />
            <Tokens usage={state.usage} />
            <Cost cost={state.cost} />
            {Object.entries(state.labels).map(([name, value]) => (
              <LabelButton key={name} name={name} value={value} />
            ))}
            <span className="mono run-id">{state.runId}</span>
            <CopyButton text={state.runId} label="Copy ID" iconOnly />
          </p>
          {ended ? <EndedControls state={state} /> : <RunControls state={state} onOpen={onOpen} />}
        </div>
        <LineageLine state={state} />
        {more.join('').trim() === '' && first.length < longLineChars ? null : (
          <details className="task-more">
            <summary>Full task</summary>
            <div className="task-text">{state.task}</div>
          </details>
        )}
      </header>
    );
  },
  // Does not depend on the texts of stages.
  (one, other) =>
    one.state.status === other.state.status &&
    one.state.stages.length === other.state.stages.length &&
    one.state.usage === other.state.usage &&
    one.state.shares === other.state.shares &&
    one.onOpen === other.onOpen &&
    one.onShowPanel === other.onShowPanel,
);

/** Tokens of the ended attempts. */
function Tokens({ usage }: { readonly usage: Usage }) {
  if (usage.inputTokens + usage.outputTokens === 0) return null;
  const sign = usage.source === 'final' ? '' : '≈';
  return (
    <span
      title={`${sign}${grouped(usage.inputTokens)} tokens in${cachedSuffix(usage)}, ${sign}${grouped(usage.outputTokens)} out (ended attempts)`}
    >
      <span className="hidden">Tokens: </span>
      {sign}
      {shortCount(usage.inputTokens)} in, {sign}
      {shortCount(usage.outputTokens)} out
    </span>
  );
}

/** Cost of the ended attempts; nothing if it is unknown. */
function Cost({ cost }: { readonly cost: TotalCost | undefined }) {
  if (cost === undefined) return null;
  return (
    <span title={`${cost.amount} ${cost.currency} (ended attempts)`}>
      <span className="hidden">Cost: </span>
      {costText(cost)}
    </span>
  );
}

function RunTime({ state, ended }: { readonly state: RunState; readonly ended: boolean }) {
  const now = useNow(!ended);
  const end = state.endedAt === undefined ? now : Date.parse(state.endedAt);
  return <span>{duration(end - Date.parse(state.startedAt ?? state.queuedAt))}</span>;
}
