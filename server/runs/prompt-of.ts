import type { RunPrompt } from '@stagewire/shared';
import { phaseOf, type RunProgress } from './progress.ts';
import { requestFor } from './request-for.ts';

/**
 * The prompt of the run's open attempt, for people to read.
 *
 * @throws RangeError if no attempt is open, or its role is not one of this server's.
 */
export function promptOf(progress: RunProgress): RunPrompt {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${progress.run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const { system, messages } = requestFor(progress, attempt.model);
  return {
    stage: stage.stage,
    role: stage.role,
    attempt: attempt.attempt,
    model: attempt.model,
    system,
    messages: messages.map(({ role, text }) => ({ role, text })),
    exact: false,
  };
}
