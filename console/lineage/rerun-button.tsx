import { RotateCcw } from 'lucide-react';
import type { RunState } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import { Link } from '../shell/link.tsx';
import { startFromPath } from '../shell/route.ts';
import { keptText, restartPoint } from './start-points.ts';
import { useStartFrom } from './use-start-from.ts';

/** Starts a failed or cancelled run again at the stage that ended it. */
export function RerunButton({ state }: { readonly state: RunState }) {
  const { start, sending, problem } = useStartFrom();
  const { stage, role } = restartPoint(state);
  const at = state.stages.length === 0 ? {} : { stage };
  return (
    <div className="restart" role="group" aria-label="Rerun">
      <div className="restart-actions">
        <button
          type="button"
          className="primary"
          aria-disabled={sending !== undefined}
          onClick={() => start({ from: { runId: state.runId } })}
        >
          <RotateCcw size={15} aria-hidden="true" />
          Rerun from {capitalized(role)}, stage {stage}
        </button>
        <Link className="button" href={startFromPath({ runId: state.runId, ...at })}>
          Change settings first
        </Link>
        <p className="restart-kept" role="status">
          {/* Not the text of the button: its width would change, and a double click would hit its neighbour. */}
          {sending === undefined ? keptText(state, { stage }) : 'Starting'}
        </p>
      </div>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem.text}
        </p>
      )}
    </div>
  );
}
