import type { Failure, FinishReason, Usage } from '@stagewire/shared';
import { artifactsOf, leftBehind } from './artifacts/artifacts-of.ts';
import { mayRepair } from './attempt-limits.ts';
import { goOn, repaired, stageCompleted, type AttemptPhase, type Consequences } from './ending-plan.ts';
import { findFileFault } from './artifacts/file-fault.ts';
import { pendingCommands, type RunProgress } from './progress.ts';
import { afterArtifacts } from './artifacts/after-artifacts.ts';

/** The last words of an attempt that ends its stage. */
export interface StageEnd {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly ttftMs: number;
  readonly durationMs: number;
}

/**
 * The end of a stage that is not a review: its files, and what comes next. A stage that is there for files, and lacks
 * one that a repair could bring, is repaired instead; a text that was cut off is not.
 */
export function decideStageEnd(
  progress: RunProgress,
  end: StageEnd,
  options: { readonly phase: AttemptPhase; readonly nowMs: number },
): Consequences {
  const { phase, nowMs } = options;
  const { run } = progress;
  const { stage } = phase;
  const isWhole = end.finishReason !== 'length';
  const repairs = isWhole && stage.format === 'code' && mayRepair(run, stage, anyFileFailure);
  const { bodies, read } = artifactsOf(progress, phase, { isWhole, acceptElided: !repairs });
  const fault =
    repairs && read !== undefined
      ? findFileFault(read, { mayLeaveAsIs: mayLeaveAsIs(progress, phase) })
      : undefined;
  if (fault !== undefined) {
    const failure: Failure = { ...anyFileFailure, ...fault };
    return { artifacts: bodies, ...repaired(run, phase, { failure, usage: end.usage }) };
  }
  const artifacts = [...leftBehind(progress, phase, read), ...bodies];
  const { verdict, plan } = afterArtifacts(progress, artifacts);
  const isReviewDue = plan.length > run.plan.length;
  return {
    artifacts,
    ending: stageCompleted(phase, end),
    planned: isReviewDue ? { type: 'run.planned', roles: [...plan], cause: 'review' } : undefined,
    ...goOn(progress, {
      plan,
      cause: isReviewDue ? 'review' : 'plan',
      entering: pendingCommands(run),
      verdict,
      lastUsage: end.usage,
      nowMs,
    }),
  };
}

const anyFileFailure: Failure = { code: 'OUTPUT_INVALID', message: '', retryable: true };

/** May this stage say that nothing is to be changed? */
function mayLeaveAsIs({ run }: RunProgress, { stage }: AttemptPhase): boolean {
  return stage.role === 'refiner' || run.stages.some((other) => other !== stage && other.role === stage.role);
}
