import type { RunState } from '@stagewire/client';

/** A role that is still to come. */
export interface PlannedRole {
  readonly role: string;
  /** Does it come only if the review before it asks for changes? */
  readonly ifAsked: boolean;
}

/**
 * What is still to come: the plan, and the refiner where a review may still ask for it. The plan itself has a refiner
 * only once it was asked for; without a word of it a refiner that somebody has chosen seems to be missing.
 */
export function plannedRoles({ status, stages, plan, pipeline }: RunState): readonly PlannedRole[] {
  if (status !== 'queued' && status !== 'running') return [];
  const planned = plan.map((role) => ({ role, ifAsked: false }));
  const isReviewing = status === 'running' && stages.at(-1)?.role === 'reviewer' && plan[0] !== 'refiner';
  const at = isReviewing ? 0 : plan.indexOf('reviewer') + 1;
  const hasReview = isReviewing || at > 0;
  if (!hasReview || !pipeline.roles.includes('refiner')) return planned;
  const left = pipeline.maxRefinements - refinements(stages) - (plan[0] === 'refiner' ? 1 : 0);
  return left > 0 ? planned.toSpliced(at, 0, { role: 'refiner', ifAsked: true }) : planned;
}

/** How often a review has asked for a refiner since the run was last redirected, as the server counts. */
function refinements(stages: RunState['stages']): number {
  const causes = stages.map((it) => ({ role: it.role, cause: it.attempts[0]?.cause }));
  const since = causes.findLastIndex(({ cause }) => cause === 'redirect');
  return causes.slice(since + 1).filter(({ role, cause }) => role === 'refiner' && cause === 'review').length;
}
