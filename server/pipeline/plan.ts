import type { Role } from '@stagewire/shared';
import { findRole, roles as allRoles } from './roles.ts';

/**
 * The plan: the roles whose stage has not started, the next one first. A refiner is part of it only after a review
 * that requests changes, or after a redirect to it. All functions are pure and return a new array.
 */

/** The initial plan of a run, in the pipeline's order whatever the order of `roles`. */
export function initialPlan(roles: readonly Role[]): Role[] {
  return allRoles
    .map((definition) => definition.role)
    .filter((role) => role !== 'refiner' && roles.includes(role));
}

/**
 * The plan after a redirect to `to`, which need not be among the run's `roles`: `to`, then the chosen roles that
 * come later in the order. The reviewer follows a refiner, if it is among them.
 */
export function planAfterRedirect(to: Role, roles: readonly Role[]): Role[] {
  const order = allRoles.map((definition) => definition.role);
  // A refiner's work is reviewed again, so the roles after it are those after the coder.
  const from = order.indexOf(to === 'refiner' ? 'coder' : to);
  return [to, ...initialPlan(roles).filter((role) => order.indexOf(role) > from)];
}

/** The plan after a review that requested changes, with refinements left; `rest` is the plan before it. */
export function planAfterChangesRequested(rest: readonly Role[]): Role[] {
  return ['refiner', 'reviewer', ...rest];
}

/**
 * The plan after a stage that changed files which had been reviewed: a reviewer comes next, if one is among the
 * run's `roles` and none is planned. `rest` is the plan before it, and follows that review.
 */
export function planAfterChangeOfJudged(rest: readonly Role[], roles: readonly Role[]): Role[] {
  return roles.includes('reviewer') && !rest.includes('reviewer') ? ['reviewer', ...rest] : [...rest];
}

/**
 * Why the requested roles cannot be run, as a part of a sentence; `undefined` if they can. Invalid are: an unknown role,
 * a repeated one, and roles that would never have a stage.
 */
export function findRolesProblem(roles: readonly Role[]): string | undefined {
  const unknown = roles.find((role) => findRole(role) === undefined);
  if (unknown !== undefined) return unknownRole(unknown);
  const repeated = roles.find((role, index) => roles.indexOf(role) !== index);
  if (repeated !== undefined) return `duplicate role "${repeated}"`;
  if (initialPlan(roles).length > 0) return undefined;
  return roles.length === 0
    ? 'must not be empty'
    : 'the refiner works on the issues of a review: add at least one other role';
}

/** The problem of an unknown role, as a part of a sentence. @param others Further names that are accepted. */
export function unknownRole(role: Role, others: readonly string[] = []): string {
  const known = [...allRoles.map((definition) => definition.role), ...others];
  return `unknown role "${role}"; expected one of: ${known.join(', ')}`;
}
