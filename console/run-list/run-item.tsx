import { costText, isEnded } from '@stagewire/client';
import { GitFork, Trash2 } from 'lucide-react';
import { memo } from 'react';
import type { RunSummary } from '@stagewire/client';
import { lineageKind } from '../lineage/lineage-text.ts';
import { useCaller, useOffers } from '../session/use-offers.ts';
import { StatusIcon } from '../run/stage-icon.tsx';
import { capitalized, labelFor } from '../shell/labels.ts';
import { Link } from '../shell/link.tsx';
import { runPath } from '../shell/route.ts';
import { ago, shortCost } from '../shell/units.ts';
import { useTimeText } from '../shell/use-now.ts';
import { LabelButton } from './label-button.tsx';

export interface RunItemProps {
  readonly run: RunSummary;
  readonly isShown: boolean;
  readonly onDelete: (run: RunSummary) => void;
}

/** A run in the list. */
export const RunItem = memo(function RunItem({ run, isShown, onDelete }: RunItemProps) {
  const [task = ''] = run.task.trim().split('\n', 1);
  const offersDelete = useOffers('runs.delete', run.runId);
  const isOfSeveral = (useCaller()?.owners.length ?? 0) > 1;
  const isDeletable = offersDelete && (isEnded(run) || run.status === 'unreadable');
  return (
    <li className={isShown ? 'is-shown' : undefined}>
      <Link className="run-item" href={runPath(run.runId)} aria-current={isShown ? 'page' : undefined}>
        <StatusIcon status={run.status} verdict={run.verdict} />
        <span className="run-item-body">
          <span className="run-item-task" dir="auto" title={run.task}>
            {task === '' ? run.runId : task}
          </span>
          <span className="run-item-facts">
            <span>{statusText(run)}</span>
            {isOfSeveral ? <span>{run.owner}</span> : null}
            {run.from === undefined ? null : (
              <span className="run-item-lineage" title={`${lineageKind(run.from)} of ${run.from.runId}`}>
                <GitFork size={12} aria-hidden="true" />
                {lineageKind(run.from)}
              </span>
            )}
            <span className="run-item-end">
              <Age at={run.queuedAt} />
              {run.cost === undefined ? null : <span title={costText(run.cost)}>{shortCost(run.cost)}</span>}
            </span>
          </span>
        </span>
      </Link>
      {Object.keys(run.labels).length === 0 ? null : (
        <div className="run-item-labels">
          {Object.entries(run.labels).map(([name, value]) => (
            <LabelButton key={name} name={name} value={value} />
          ))}
        </div>
      )}
      {isDeletable ? (
        <button
          type="button"
          className="icon-button run-item-delete"
          aria-label={`Delete run: ${task === '' ? run.runId : task.slice(0, 80)}`}
          title="Delete run"
          onClick={() => onDelete(run)}
        >
          <Trash2 size={14} aria-hidden="true" />
        </button>
      ) : null}
    </li>
  );
});

function Age({ at }: { readonly at: string }) {
  const text = useTimeText((now) => ago(at, now));
  return <span>{text}</span>;
}

/** The current role of a running run, the verdict or the status of another. */
function statusText({ status, current, verdict }: RunSummary): string {
  if (status === 'running' && current !== null) {
    const role = capitalized(current.role);
    return current.attempt === 1 ? role : `${role}, attempt ${current.attempt}`;
  }
  return capitalized(
    status === 'completed' && verdict !== undefined && verdict !== 'none' ? labelFor(verdict) : status,
  );
}
