import { ChevronRight } from 'lucide-react';
import { memo } from 'react';
import { counted, duration, isEnded } from '@stagewire/client';
import type { AttemptState, RunState, StageState } from '@stagewire/client';
import { shortCount } from '../shell/units.ts';
import { useNow } from '../shell/use-now.ts';
import { capitalized, shortModel } from '../shell/labels.ts';
import { isTruncated } from './attempt-labels.ts';
import { isInheritedStage } from '../lineage/inherited.ts';
import { plannedRoles } from './planned-roles.ts';
import { elapsedMs } from './stage-facts.ts';
import { StatusIcon } from './stage-icon.tsx';
import { useChipInView } from './use-chip-in-view.ts';
import { useRate } from './use-rate.ts';

export interface StageLineProps {
  readonly state: RunState;
  /** The selected stage, or the result of an ended run. */
  readonly shown: number | 'result' | undefined;
  /** `undefined` is the result. */
  readonly onShow: (stage: number | undefined) => void;
}

/** The pipeline: started stages, then planned roles. */
export const StageLine = memo(function StageLine({ state, shown, onShow }: StageLineProps) {
  return (
    <nav aria-label="Stages" className="stage-line" data-scroller>
      <ol>
        {state.stages.map((stage) => (
          <li key={stage.stage}>
            <StageChip
              stage={stage}
              updatedAt={isLive(stage) ? state.updatedAt : undefined}
              hasNoVerdict={hasNoVerdict(state, stage.stage)}
              isShown={stage.stage === shown}
              onShow={onShow}
            />
            <ChevronRight className="stage-arrow" size={14} aria-hidden="true" />
          </li>
        ))}
        {plannedRoles(state).map(({ role, isConditional }, index) => (
          // The index is part of the key: a role may be planned twice.
          <li key={`${index}-${role}`}>
            <div
              className="stage-chip is-planned"
              title={isConditional ? 'Runs only if the review requests changes' : undefined}
            >
              <span className="stage-chip-role">
                <StatusIcon status="planned" />
                {capitalized(role)}
              </span>
              <span className="stage-chip-facts">{isConditional ? 'If requested' : 'Planned'}</span>
            </div>
            <ChevronRight className="stage-arrow" size={14} aria-hidden="true" />
          </li>
        ))}
        {isEnded(state) && (
          <li>
            <ResultChip state={state} isShown={shown === 'result'} onShow={onShow} />
          </li>
        )}
      </ol>
    </nav>
  );
});

interface StageChipProps {
  readonly stage: StageState;
  /** The time of the last event, for a live stage only: other stages do not render again for it. */
  readonly updatedAt: string | undefined;
  /** Whether it is a review without a verdict. */
  readonly hasNoVerdict: boolean;
  readonly isShown: boolean;
  readonly onShow: (stage: number) => void;
}

const StageChip = memo(function StageChip(props: StageChipProps) {
  const { stage, updatedAt, hasNoVerdict, isShown, onShow } = props;
  const attempt = stage.attempts.at(-1);
  const button = useChipInView(isShown);
  return (
    <button
      ref={button}
      type="button"
      className={`stage-chip is-${stage.status}${isInheritedStage(stage) ? ' is-inherited' : ''}`}
      aria-current={isShown ? 'true' : undefined}
      title={attempt?.model}
      onClick={() => onShow(stage.stage)}
    >
      <span className="stage-chip-role">
        <StatusIcon status={stage.status} verdict={hasNoVerdict ? 'unknown' : undefined} />
        <span className="hidden">
          Stage {stage.stage}, {stage.status}:
        </span>
        {capitalized(stage.role)}
        {stage.attempts.length > 1 && (
          <span className="stage-chip-attempt">attempt {stage.attempts.length}</span>
        )}
        {isTruncated(stage) && <span className="stage-chip-attempt">truncated</span>}
        {isInheritedStage(stage) && <span className="stage-chip-inherited">inherited</span>}
        {hasNoVerdict && <span className="stage-chip-attempt">no verdict</span>}
      </span>
      <span className="stage-chip-facts">
        {isInheritedStage(stage) ? null : <Elapsed stage={stage} updatedAt={updatedAt} />}
        {attempt !== undefined && <span className="stage-chip-model">{shortModel(attempt.model)}</span>}
      </span>
    </button>
  );
});

/** Leads to the result of an ended run. */
function ResultChip({
  state,
  isShown,
  onShow,
}: Pick<StageLineProps, 'state' | 'onShow'> & { readonly isShown: boolean }) {
  const button = useChipInView(isShown);
  const written = state.files.filter(({ from }) => from === 'stage').length;
  return (
    <button
      ref={button}
      type="button"
      className="stage-chip is-result"
      aria-current={isShown ? 'true' : undefined}
      onClick={() => onShow(undefined)}
    >
      <span className="stage-chip-role">
        <StatusIcon status={state.status} verdict={state.verdict} />
        Result
      </span>
      <span className="stage-chip-facts">{counted(written, 'file')}</span>
    </button>
  );
}

function isLive({ status }: StageState): boolean {
  return status === 'running' || status === 'backoff';
}

function hasNoVerdict({ reviews }: RunState, stage: number): boolean {
  return reviews.findLast((review) => review.stage === stage)?.verdict === 'unknown';
}

/** The duration of all attempts, and the rate of the last one. */
function Elapsed({ stage, updatedAt }: Pick<StageChipProps, 'stage' | 'updatedAt'>) {
  const live = isLive(stage);
  const now = useNow(live);
  const attempt = stage.attempts.at(-1);
  const first = stage.attempts[0];
  if (attempt === undefined || first === undefined) return null;
  const end = live || attempt.endedAt === undefined ? now : Date.parse(attempt.endedAt);
  const whole = stage.attempts.length === 1 ? elapsedMs(attempt, now) : end - Date.parse(first.startedAt);
  return (
    <>
      <span>{duration(whole)}</span>
      <AttemptRate
        key={attempt.attempt}
        attempt={attempt}
        updatedAt={updatedAt ?? attempt.startedAt}
        now={now}
      />
    </>
  );
}

interface AttemptRateProps {
  readonly attempt: AttemptState;
  readonly updatedAt: string;
  readonly now: number;
}

function AttemptRate({ attempt, updatedAt, now }: AttemptRateProps) {
  const rate = useRate(attempt, { updatedAt, nowMs: now });
  return rate === undefined ? null : <span>{shortCount(rate)} tok/s</span>;
}
