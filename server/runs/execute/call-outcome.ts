import type { RunState } from '@stagewire/shared';
import type { RandomSource } from '../../runtime/random.ts';
import type { Outcome } from '../decide/run-input.ts';
import type { CallResult } from './model-call.ts';
import { phaseOf } from '../decide/phase.ts';
import { retryDelay, withoutTooLongWait, type RetryDelayOptions } from './backoff.ts';

/** Converts the end of a model call into the decider's input, with the delay of a possible retry. */
export function outcomeOf(
  result: CallResult,
  run: RunState,
  options: RetryDelayOptions & { readonly random: RandomSource },
): Outcome {
  if (result.status === 'aborted') return result;
  const phase = phaseOf(run);
  const attempts = phase.is === 'attempt' ? phase.stage.attempts.slice(0, -1) : [];
  const failures = attempts.length - attempts.findLastIndex(({ status }) => status !== 'failed');
  if (result.status === 'completed')
    return { ...result, retryInMs: retryDelay(failures, undefined, options) };
  const { retryAfterMs, ...failed } = result;
  const failure = withoutTooLongWait(failed.failure, retryAfterMs, options);
  return { ...failed, failure, retryInMs: retryDelay(failures, retryAfterMs, options) };
}
