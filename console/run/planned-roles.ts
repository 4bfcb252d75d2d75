import type { RunState } from '@stagewire/client';

/** A role that has not started yet. */
export interface PlannedRole {
  readonly role: string;
  /** Whether it runs only if the preceding review requests changes. */
  readonly isConditional: boolean;
}

/**
 * The roles that have not started: the plan, and the refiner where a review may still request changes. The plan contains
 * the refiner only after such a request; without this a selected refiner would seem to be missing.
 */
export function plannedRoles({ status, stages, plan, pipeline }: RunState): readonly PlannedRole[] {
  if (status !== 'queued' && status !== 'running') return [];
  const planned = plan.map((role) => ({ role, isConditional: false }));
  const isReviewing = status === 'running' && stages.at(-1)?.role === 'reviewer' && plan[0] !== 'refiner';
  const at = isReviewing ? 0 : plan.indexOf('reviewer') + 1;
  const hasReview = isReviewing || at > 0;
  if (!hasReview || !pipeline.roles.includes('refiner')) return planned;
  const left = pipeline.maxRefinements - refinements(stages) - (plan[0] === 'refiner' ? 1 : 0);
  return left > 0 ? planned.toSpliced(at, 0, { role: 'refiner', isConditional: true }) : planned;
}

/** The number of refinements since the last redirect, counted as on the server. */
function refinements(stages: RunState['stages']): number {
  const causes = stages.map((it) => ({ role: it.role, cause: it.attempts[0]?.cause }));
  const since = causes.findLastIndex(({ cause }) => cause === 'redirect');
  return causes.slice(since + 1).filter(({ role, cause }) => role === 'refiner' && cause === 'review').length;
}
