import { PanelRight } from 'lucide-react';
import { memo } from 'react';
import type { RunState } from '../../generated/contract.ts';
import { count, duration } from '../shell/amounts.ts';
import type { Panel } from '../shell/route.ts';
import { useNow } from '../shell/use-now.ts';
import { wordFor } from '../shell/words.ts';
import { CopyButton } from '../text/code-card.tsx';
import { isEnded } from './commands.ts';
import { RunControls, type ControlDialog } from './run-controls.tsx';
import { StatusIcon } from './stage-icon.tsx';

export interface RunHeaderProps {
  readonly state: RunState;
  readonly onOpen: (dialog: ControlDialog) => void;
  readonly onPanel: (panel: Panel) => void;
}

/** What the run is about and how it stands. */
export const RunHeader = memo(
  function RunHeader({ state, onOpen, onPanel }: RunHeaderProps) {
    const ended = isEnded(state);
    const [first = '', ...more] = state.task.trim().split('\n');
    return (
      <header className="run-header">
        <div className="run-title">
          <h1 title={state.task}>{first}</h1>
          <button
            type="button"
            className="icon-button panel-open"
            aria-label="Show commands, review, files and usage"
            onClick={() => onPanel('commands')}
          >
            <PanelRight size={16} aria-hidden="true" />
          </button>
        </div>
        <div className="run-bar">
          <p className="run-facts">
            <span className={`run-status is-${state.status}`}>
              <StatusIcon status={state.status} size={14} />
              {state.status}
            </span>
            {state.verdict === undefined || state.verdict === 'none' ? null : (
              <span className={`badge is-${state.verdict}`}>{wordFor(state.verdict)}</span>
            )}
            <RunTime state={state} ended={ended} />
            <span>
              {state.usage.source === 'final' ? '' : '≈'}
              {count(state.usage.inputTokens)} in, {count(state.usage.outputTokens)} out
            </span>
            {Object.entries(state.labels).map(([name, value]) => (
              <span key={name} className="label">
                {name}: {value}
              </span>
            ))}
            <span className="mono run-id">{state.runId}</span>
            <CopyButton text={state.runId} label="Copy id" iconOnly />
          </p>
          {ended ? null : <RunControls state={state} onOpen={onOpen} />}
        </div>
        {more.join('').trim() === '' ? null : (
          <details className="task-more">
            <summary>The whole task</summary>
            <div className="task-text">{state.task}</div>
          </details>
        )}
      </header>
    );
  },
  // The text of a stage changes nothing here.
  (one, other) =>
    one.state.status === other.state.status &&
    one.state.stages.length === other.state.stages.length &&
    one.state.usage === other.state.usage &&
    one.onOpen === other.onOpen &&
    one.onPanel === other.onPanel,
);

function RunTime({ state, ended }: { readonly state: RunState; readonly ended: boolean }) {
  const now = useNow(!ended);
  const end = state.endedAt === undefined ? now : Date.parse(state.endedAt);
  return <span>{duration(end - Date.parse(state.startedAt ?? state.queuedAt))}</span>;
}
