import type { Role } from '@stagewire/shared';
import { findRole, roles as allRoles } from './roles.ts';

/**
 * The plan: roles whose stage has not started, the coming one first. A refiner is in it only once changes are
 * requested, or when the run is redirected to it. All functions are pure and give a new array.
 */

/** The plan of a run that begins, in the pipeline's order whatever the order of `roles`. */
export function initialPlan(roles: readonly Role[]): Role[] {
  return allRoles
    .map((definition) => definition.role)
    .filter((role) => role !== 'refiner' && roles.includes(role));
}

/**
 * The plan after a redirect to `to`, which need not be among the run's `roles`: `to`, then the chosen roles that
 * come later in the order. A refiner is followed by the reviewer, if it is chosen.
 */
export function planAfterRedirect(to: Role, roles: readonly Role[]): Role[] {
  const order = allRoles.map((definition) => definition.role);
  // A refiner's work is judged again, so for what follows it stands where the coder does.
  const from = order.indexOf(to === 'refiner' ? 'coder' : to);
  return [to, ...initialPlan(roles).filter((role) => order.indexOf(role) > from)];
}

/** The plan after a review that requested changes, with refinements left; `rest` is the plan before it. */
export function planAfterChangesRequested(rest: readonly Role[]): Role[] {
  return ['refiner', 'reviewer', ...rest];
}

/**
 * The plan after a stage behind which the files are not those that were judged: a reviewer comes next, if one is among
 * the run's `roles` and none is planned. `rest` is the plan before it, and comes after that review.
 */
export function planAfterChangeOfJudged(rest: readonly Role[], roles: readonly Role[]): Role[] {
  return roles.includes('reviewer') && !rest.includes('reviewer') ? ['reviewer', ...rest] : [...rest];
}

/**
 * What is wrong with the requested roles, as a part of a sentence; `undefined` if they can be run. Wrong are: an unknown role, one named twice, and roles of which none would ever have a stage.
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

/** What is wrong with a role that does not exist. @param others Names that are accepted in its place. */
export function unknownRole(role: Role, others: readonly string[] = []): string {
  const known = [...allRoles.map((definition) => definition.role), ...others];
  return `unknown role "${role}"; expected one of: ${known.join(', ')}`;
}
