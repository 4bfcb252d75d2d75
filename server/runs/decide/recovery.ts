import type { EventBody, Failure, Usage } from '@stagewire/shared';
import { applyResolution } from './apply-resolution.ts';
import type { DecisionContext } from './decision-context.ts';
import { cutOff, startNextAttempt, toEvents } from './ending-plan.ts';
import { decideRunFailure } from './endings.ts';
import { attemptRef, type AttemptPhase } from './phase.ts';
import type { RunInput } from './run-input.ts';

/** Recoveries that may cut off an attempt, one after the other, without any output of a model in between. */
const maxFruitlessRecoveries = 5;

/** The first append of a new epoch: the open attempt was cut off, pending commands apply, and the run continues. */
export function recoverAttempt(
  context: DecisionContext<AttemptPhase>,
  { reason, usage }: Extract<RunInput, { type: 'recover' }>,
): readonly EventBody[] {
  const { stage, attempt } = attemptRef(context.phase);
  return [{ type: 'run.recovered', reason, cutOff: { stage, attempt } }, ...afterCutOff(context, usage)];
}

function afterCutOff(context: DecisionContext<AttemptPhase>, usage: Usage): readonly EventBody[] {
  const { progress, run, phase, resolution } = context;
  const end = { usage, isCutOff: true };
  const isFruitless = progress.recoveries + 1 >= maxFruitlessRecoveries;
  // A command that ends the stage ends what kept failing as well; a steer begins it again.
  if (isFruitless && (resolution.by === 'nothing' || resolution.by === 'steer')) {
    return decideRunFailure(context, fruitless, end);
  }
  if (resolution.by !== 'nothing') return toEvents(applyResolution(context, resolution, end));
  const keptChars = phase.stage.format === 'json' ? 0 : phase.attempt.text.length;
  return [cutOff(phase, usage), ...startNextAttempt(run, phase, { cause: 'resume', keptChars })];
}

const fruitless: Failure = {
  code: 'INTERNAL',
  message: `the server went down ${maxFruitlessRecoveries} times while this attempt had written nothing`,
  retryable: false,
};
