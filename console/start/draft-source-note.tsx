import { GitFork, X } from 'lucide-react';
import { lineageKind } from '../lineage/lineage-text.ts';
import { Link } from '../shell/link.tsx';
import { runPath } from '../shell/route.ts';
import type { DraftSource } from './start-draft.ts';

export interface DraftSourceNoteProps {
  readonly source: DraftSource;
  readonly onRemove: () => void;
}

/** Which run the new run starts from, and what it inherits. */
export function DraftSourceNote({ source, onRemove }: DraftSourceNoteProps) {
  const { from, isFollowUp, task } = source;
  const kind = isFollowUp ? 'Follow-up' : from.stage === undefined ? 'Rerun' : lineageKind(from);
  return (
    <div className="source-note">
      <GitFork size={15} aria-hidden="true" />
      <div>
        <p>
          {kind} of <Link href={runPath(from.runId)}>{task.trim().split('\n', 1)[0]?.slice(0, 100)}</Link>
          {from.stage === undefined ? '' : `, from stage ${from.stage}`}
          {from.attempt === undefined ? '' : `, attempt ${from.attempt}`}
        </p>
        <p className="muted">
          {isFollowUp ? 'Keeps all stages and files.' : 'Keeps the stages before it and their files.'} Models
          and other settings apply to new stages.
        </p>
      </div>
      <button type="button" className="icon-button" aria-label="Start without this source" onClick={onRemove}>
        <X size={14} aria-hidden="true" />
      </button>
    </div>
  );
}
