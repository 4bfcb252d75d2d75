import type { ReviewIssue, RunState } from '@stagewire/shared';
import { planAfterChangesRequested } from '../../pipeline/plan.ts';
import type { ParsedReview } from '../../pipeline/review-parser.ts';
import {
  goOn,
  notesOf,
  reviewRecorded,
  stageCompleted,
  type AttemptPhase,
  type Consequences,
} from './ending-plan.ts';
import type { StageEnd } from './finish-stage.ts';
import { pendingCommands, type RunProgress } from './progress.ts';

/** How many problems of one review are recorded. */
const maxProblems = 10;

/** The end of a reviewer's stage: its verdict, and the refiner's turn if something is to be mended. */
export function decideReview(
  progress: RunProgress,
  review: ParsedReview,
  options: { readonly phase: AttemptPhase; readonly outcome: StageEnd; readonly nowMs: number },
): Consequences {
  const { phase, outcome, nowMs } = options;
  const { run } = progress;
  // An issue that could be read while the reviewer wrote is not lost in what follows it.
  const issues = review.issues.length > 0 ? review.issues : notesOf(run, phase);
  const { verdict, problems } = judge(progress, review);
  const refines =
    (verdict === 'changes_requested' || (verdict === 'unknown' && issues.some(isGrave))) &&
    run.pipeline.roles.includes('refiner') &&
    progress.refinements < run.pipeline.maxRefinements;
  const plan = refines ? planAfterChangesRequested(run.plan) : run.plan;
  return {
    review: reviewRecorded(phase, { verdict, issues, problems }),
    ending: stageCompleted(phase, outcome),
    planned: refines ? { type: 'run.planned', roles: [...plan], cause: 'review' } : undefined,
    ...goOn(progress, {
      plan,
      cause: refines ? 'review' : 'plan',
      entering: pendingCommands(run),
      verdict,
      lastUsage: outcome.usage,
      nowMs,
    }),
  };
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
