import { ChevronRight, FoldHorizontal } from 'lucide-react';
import { counted } from '@stagewire/client';
import type { StageState } from '@stagewire/client';
import { labelFor } from '../shell/labels.ts';
import { StatusIcon } from './stage-icon.tsx';

export interface StageLoopProps {
  readonly name: string;
  readonly stages: readonly StageState[];
  /** The verdict of the last review, if nothing was changed after it. */
  readonly verdict: string | null | undefined;
  readonly isOpen: boolean;
  /** It has the selected stage, and cannot be collapsed. */
  readonly isFixed: boolean;
  readonly onToggle: () => void;
}

/** Shows or hides the stages of a finished loop of reviews and refinements. */
export function StageLoop({ name, stages, verdict, isOpen, isFixed, onToggle }: StageLoopProps) {
  const [first, last] = [stages[0], stages.at(-1)];
  if (first === undefined || last === undefined) return null;
  const places = `Stages ${first.stage}–${last.stage}`;
  const refinements = stages.filter(({ role }) => role === 'refiner').length;
  const verdictText =
    verdict === 'unknown' ? 'no verdict' : verdict === 'changes_requested' ? labelFor(verdict) : '';
  const summary = `${counted(stages.length - refinements, 'review')}, ${counted(refinements, 'refinement')}`;
  return (
    <li className="stage-loop">
      <button
        type="button"
        className={`stage-chip is-loop${isOpen ? ' is-open' : ''}`}
        aria-expanded={isOpen}
        aria-label={isOpen ? `${name}, ${places}` : undefined}
        aria-disabled={isFixed}
        title={isFixed ? `${summary}: one is selected` : `${isOpen ? 'Collapse' : 'Show'} ${summary}`}
        onClick={isFixed ? undefined : onToggle}
      >
        {isOpen ? (
          <FoldHorizontal size={15} aria-hidden="true" />
        ) : (
          <>
            <span className="stage-chip-role">
              <StatusIcon status={last.status} verdict={verdict} />
              {name}
              {verdictText !== '' && <span className="stage-chip-attempt">{verdictText}</span>}
            </span>
            <span className="stage-chip-facts">{places}</span>
          </>
        )}
      </button>
      <ChevronRight className="stage-arrow" size={14} aria-hidden="true" />
    </li>
  );
}
