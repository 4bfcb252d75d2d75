import type { Failure, FinishReason, ReviewIssue, RunState, Usage } from '@stagewire/shared';
import { planAfterChangesRequested } from '../../pipeline/plan.ts';
import type { ParsedReview } from '../../pipeline/review-parser.ts';
import { afterArtifacts } from './artifacts/after-artifacts.ts';
import { artifactsOf, unrepairedFiles } from './artifacts/artifacts-of.ts';
import { findFileFault } from './artifacts/file-fault.ts';
import { mayRepair } from './attempt-limits.ts';
import type { DecisionContext } from './decision-context.ts';
import {
  advance,
  notesOf,
  repairAttempt,
  reviewRecorded,
  stageCompleted,
  type EndingPlan,
} from './ending-plan.ts';
import type { AttemptPhase } from './phase.ts';
import type { RunProgress } from './progress.ts';

/** The end of an attempt that ends its stage. */
export interface StageEnd {
  readonly finishReason: FinishReason;
  readonly usage: Usage;
  readonly ttftMs: number;
  readonly durationMs: number;
}

/** Problems recorded per review. */
const maxProblems = 10;

/**
 * Ends a stage that is not a review: its files, and what follows. A stage that must write files and lacks one
 * that a repair could supply is repaired instead; a truncated text is not.
 */
export function finishStage(context: DecisionContext<AttemptPhase>, end: StageEnd): EndingPlan {
  const { progress, run, phase, pending } = context;
  const { stage } = phase;
  const isWhole = end.finishReason !== 'length';
  const repairs = isWhole && stage.format === 'code' && mayRepair(run, stage, anyFileFailure);
  const { bodies, read } = artifactsOf(progress, phase, { isWhole, acceptElided: !repairs });
  const fault =
    repairs && read !== undefined
      ? findFileFault(read, { mayLeaveAsIs: mayLeaveAsIs(run, phase) })
      : undefined;
  if (fault !== undefined) {
    const failure: Failure = { ...anyFileFailure, ...fault };
    return { artifacts: bodies, ...repairAttempt(run, phase, { failure, usage: end.usage }) };
  }
  const artifacts = [...unrepairedFiles(progress, phase, read), ...bodies];
  const { verdict, plan } = afterArtifacts(progress, artifacts);
  const isReviewDue = plan.length > run.plan.length;
  return {
    artifacts,
    ending: stageCompleted(phase, end),
    planned: isReviewDue ? { type: 'run.planned', roles: [...plan], cause: 'review' } : undefined,
    ...advance(context, {
      plan,
      cause: isReviewDue ? 'review' : 'plan',
      appliedCommands: pending,
      verdict,
      lastUsage: end.usage,
    }),
  };
}

/** Ends a reviewer's stage: its verdict, and the refiner if there is something to change. */
export function finishReview(
  context: DecisionContext<AttemptPhase>,
  review: ParsedReview,
  end: StageEnd,
): EndingPlan {
  const { progress, run, phase, pending } = context;
  // An issue that was parsed while the reviewer wrote is kept in what follows.
  const issues = review.issues.length > 0 ? review.issues : notesOf(run, phase);
  const { verdict, problems } = judge(progress, review);
  const refines =
    (verdict === 'changes_requested' || (verdict === 'unknown' && issues.some(isGrave))) &&
    run.pipeline.roles.includes('refiner') &&
    progress.refinements < run.pipeline.maxRefinements;
  const plan = refines ? planAfterChangesRequested(run.plan) : run.plan;
  return {
    review: reviewRecorded(phase, { verdict, issues, problems }),
    ending: stageCompleted(phase, end),
    planned: refines ? { type: 'run.planned', roles: [...plan], cause: 'review' } : undefined,
    ...advance(context, {
      plan,
      cause: refines ? 'review' : 'plan',
      appliedCommands: pending,
      verdict,
      lastUsage: end.usage,
    }),
  };
}

const anyFileFailure: Failure = { code: 'OUTPUT_INVALID', message: '', retryable: true };

/** May this stage answer that no change is needed? */
function mayLeaveAsIs(run: RunState, { stage }: AttemptPhase): boolean {
  return stage.role === 'refiner' || run.stages.some((other) => other !== stage && other.role === stage.role);
}

function judge(
  { run, hasChangedFiles }: RunProgress,
  { verdict, problem, notes }: ParsedReview,
): { verdict: ParsedReview['verdict']; problems: string[] } {
  const problems = (...more: string[]) => [...more, ...notes].slice(0, maxProblems);
  if (problem !== undefined) {
    return { verdict: verdict === 'approved' ? 'unknown' : verdict, problems: problems(problem.message) };
  }
  if (verdict === 'approved' && !hasChangedFiles && hasCoded(run)) {
    return {
      verdict: 'unknown',
      problems: problems('no role has written a file: there is nothing to approve'),
    };
  }
  return { verdict, problems: problems() };
}

function hasCoded(run: RunState): boolean {
  return run.stages.some(({ role }) => role === 'coder');
}

function isGrave({ severity }: ReviewIssue): boolean {
  return severity === 'blocker' || severity === 'major';
}
