import type { RunPrompt } from '@stagewire/shared';
import { phaseOf } from '../decide/phase.ts';
import type { RunProgress } from '../decide/progress.ts';
import { promptHash } from './prompt-hash.ts';
import { requestFor } from './request-for.ts';

/**
 * The prompt of the run's open attempt, for display.
 *
 * @param sentHash `promptHash` of the attempt's `stage.started`: the prompt is exact if its hash is equal.
 * @throws RangeError if no attempt is open.
 * @throws StagewireError ATTEMPT_NOT_FOUND if this server does not know the attempt's role.
 */
export function promptOf(progress: RunProgress, sentHash: string | undefined): RunPrompt {
  const phase = phaseOf(progress.run);
  if (phase.is !== 'attempt') throw new RangeError(`run ${progress.run.runId} has no open attempt`);
  const { stage, attempt } = phase;
  const { system, messages } = requestFor(progress, attempt.model).request;
  return {
    stage: stage.stage,
    role: stage.role,
    attempt: attempt.attempt,
    model: attempt.model,
    system,
    messages: messages.map(({ role, text }) => ({ role, text })),
    exact: sentHash === promptHash({ system, messages }),
  };
}
