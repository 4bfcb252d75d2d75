import type { AttemptState, StageState } from '@stagewire/client';

/** Whether an attempt was executed by another run, which has counted its usage and cost. */
export function isInherited({ inheritedFrom }: AttemptState): boolean {
  return inheritedFrom !== undefined;
}

/** Whether all attempts of a stage are inherited. */
export function isInheritedStage({ attempts }: StageState): boolean {
  return attempts.length > 0 && attempts.every(isInherited);
}
