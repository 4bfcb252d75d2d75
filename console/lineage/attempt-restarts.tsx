import { GitFork, RotateCcw, SlidersHorizontal } from 'lucide-react';
import { useId } from 'react';
import type { AttemptState, RunState, StageState, StartFrom } from '@stagewire/client';
import { Link } from '../shell/link.tsx';
import { startFromPath } from '../shell/route.ts';
import { keptText } from './start-points.ts';
import { useStartFrom } from './use-start-from.ts';

export interface AttemptRestartsProps {
  readonly state: RunState;
  readonly stage: StageState;
  readonly attempt: AttemptState;
}

/** Starts new runs at an attempt of an ended run. */
export function AttemptRestarts({ state, stage, attempt }: AttemptRestartsProps) {
  const { start, sending, problem } = useStartFrom();
  const rerun: StartFrom = { runId: state.runId, stage: stage.stage };
  const fork: StartFrom = { ...rerun, attempt: attempt.attempt };
  // The text of a review is JSON, which a model cannot continue.
  const isForkable = stage.format !== 'json' && attempt.text !== '';
  const id = useId();
  const isSending = sending !== undefined;
  return (
    <div className="attempt-restarts">
      <div role="group" aria-label="Start a run from here">
        <button
          type="button"
          className="small"
          aria-disabled={isSending}
          aria-describedby={id}
          title={keptText(state, rerun)}
          onClick={() => start({ from: rerun })}
        >
          <RotateCcw size={13} aria-hidden="true" />
          Rerun from here
        </button>
        {isForkable && (
          <button
            type="button"
            className="small"
            aria-disabled={isSending}
            title={keptText(state, fork)}
            onClick={() => start({ from: fork })}
          >
            <GitFork size={13} aria-hidden="true" />
            Fork: continue this text
          </button>
        )}
        <Link
          className="button quiet small"
          href={startFromPath(rerun)}
          title="Change the models, instructions or other settings before the rerun"
        >
          <SlidersHorizontal size={13} aria-hidden="true" />
          Rerun with changes
        </Link>
      </div>
      <p className="muted" id={id}>
        {isSending ? 'Starting' : keptText(state, rerun)}
      </p>
      {problem === undefined ? null : (
        <p className="problems" role="alert">
          {problem.text}
        </p>
      )}
    </div>
  );
}
