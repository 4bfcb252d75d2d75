import type { AttemptState, Effort, RunState, StageState } from '@stagewire/shared';

/**
 * The reasoning effort of an attempt; `undefined` leaves it to the provider. It is the run's setting for the
 * role, else for `default`, one step lower after each earlier attempt of the stage that spent its whole output
 * on reasoning (failure reason `output_limit`). The provider's own choice counts as more than `low`.
 */
export function effortOf(run: RunState, stage: StageState, attempt: AttemptState): Effort | undefined {
  const { role, attempts } = stage;
  let effort = run.settings[role]?.effort ?? run.settings['default']?.effort;
  for (const earlier of attempts) {
    if (earlier.attempt >= attempt.attempt) break;
    if (earlier.failure?.reason === 'output_limit') effort = lowerEffort(effort) ?? effort;
  }
  return effort;
}

/** The next lower effort; `undefined` if there is none. */
export function lowerEffort(effort: Effort | undefined): Effort | undefined {
  switch (effort) {
    case 'high':
      return 'medium';
    case 'medium':
    case undefined:
      return 'low';
    case 'low':
      return undefined;
    default:
      return effort satisfies never;
  }
}
