import { ChevronRight } from 'lucide-react';
import { memo, useState } from 'react';
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
import { isLive, stageLineItems, usualModel } from './stage-line-items.ts';
import { StageLoop } from './stage-loop.tsx';
import { useChipInView } from './use-chip-in-view.ts';
import { useRate } from './use-rate.ts';
import { useScrollLine } from './use-scroll-line.ts';

export interface StageLineProps {
  readonly state: RunState;
  /** The selected stage, or the result of an ended run. */
  readonly shown: number | 'result' | undefined;
  /** `undefined` is the result. */
  readonly onShow: (stage: number | undefined) => void;
}

/** The width of a chip with its arrow, in pixels, at which loops are collapsed. */
const chipPx = 132;

/** The pipeline: started stages, then planned roles. Without room for all, finished loops are collapsed. */
export const StageLine = memo(function StageLine({ state, shown, onShow }: StageLineProps) {
  const line = useScrollLine();
  const [openLoops, setOpenLoops] = useState<readonly number[]>([]);
  const planned = plannedRoles(state);
  const chips = state.stages.length + planned.length + (isEnded(state) ? 1 : 0);
  const isTight = chips * chipPx > line.widthPx;
  const items = isTight
    ? stageLineItems(state.stages, shown === 'result' ? undefined : shown)
    : state.stages.map((stage) => ({ kind: 'stage' as const, stage }));
  const usual = usualModel(state);
  const chipOf = (stage: StageState) => (
    <li key={stage.stage} className={isLive(stage) || stage.stage === shown ? 'is-kept' : undefined}>
      <StageChip
        stage={stage}
        usualModel={usual}
        updatedAt={isLive(stage) ? state.updatedAt : undefined}
        hasNoVerdict={hasNoVerdict(state, stage.stage)}
        isShown={stage.stage === shown}
        onShow={onShow}
      />
      <ChevronRight className="stage-arrow" size={14} aria-hidden="true" />
    </li>
  );
  return (
    <nav ref={line.ref} aria-label="Stages" className="stage-line" data-scroller>
      <ol>
        {items.flatMap((it) => {
          if (it.kind === 'stage') return [chipOf(it.stage)];
          const first = it.stages[0]?.stage ?? 0;
          const isOpened = openLoops.includes(first);
          const isOpen = isOpened || it.hasShown;
          const last = it.stages.at(-1);
          return [
            <StageLoop
              key={`loop-${first}`}
              name={it.name}
              stages={it.stages}
              verdict={state.reviews.findLast(({ stage }) => stage === last?.stage)?.verdict}
              isOpen={isOpen}
              isFixed={it.hasShown}
              onToggle={() =>
                setOpenLoops((now) => (isOpened ? now.filter((one) => one !== first) : [...now, first]))
              }
            />,
            ...(isOpen ? it.stages.map(chipOf) : []),
          ];
        })}
        {planned.map(({ role, isConditional }, index) => (
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
  /** The model of the run, which is not repeated in each stage. */
  readonly usualModel: string | undefined;
  /** The time of the last event, for a live stage only: other stages do not render again for it. */
  readonly updatedAt: string | undefined;
  /** Whether it is a review without a verdict. */
  readonly hasNoVerdict: boolean;
  readonly isShown: boolean;
  readonly onShow: (stage: number) => void;
}

const StageChip = memo(function StageChip(props: StageChipProps) {
  const { stage, usualModel, updatedAt, hasNoVerdict, isShown, onShow } = props;
  const attempt = stage.attempts.at(-1);
  const model = attempt === undefined ? undefined : shortModel(attempt.model);
  const isUsual = usualModel !== undefined && model === shortModel(usualModel);
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
        {model !== undefined && !isUsual && <span className="stage-chip-model">{model}</span>}
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
