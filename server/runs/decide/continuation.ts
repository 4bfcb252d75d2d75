import type { AttemptState, StageState, Usage } from '@stagewire/shared';
import { maxContinuations } from './attempt-limits.ts';
import type { RunProgress } from './progress.ts';

/**
 * Whether an attempt that its model's output limit cut off is gone on with: it wrote something, its format is not
 * `json`, the stage has continuations left, and the window, where it is known, has room. Pure.
 */
export function mayContinue(progress: RunProgress, stage: StageState, usage: Usage): boolean {
  const attempt = stage.attempts.at(-1);
  if (attempt === undefined || stage.format === 'json') return false;
  if (attempt.text.slice(attempt.keptChars).trim() === '') return false;
  const { contextTokens = Infinity } = progress;
  if (usage.inputTokens + usage.outputTokens >= contextTokens) return false;
  return stage.attempts.filter(({ cause }) => cause === 'continue').length < maxContinuations;
}

/** Does the attempt go on with a text that an output limit cut off, also after a failure or a crash in between? */
export function goesOnAfterCut(stage: StageState, attempt: AttemptState): boolean {
  if (attempt.cause === 'continue') return true;
  const again = attempt.cause === 'retry' || attempt.cause === 'resume';
  const before = stage.attempts[stage.attempts.indexOf(attempt) - 1];
  return again && attempt.keptChars > 0 && before !== undefined && goesOnAfterCut(stage, before);
}
