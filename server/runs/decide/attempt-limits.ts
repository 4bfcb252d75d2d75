import type { AttemptState, Failure, RunState, StageState, Usage } from '@stagewire/shared';
import { effortOf, lowerEffort } from './effort-of.ts';
import { isLastAttempt, ownAttempts, type RunProgress } from './progress.ts';

/**
 * Further attempts of a stage after failures of one kind, where that is less than `maxAttemptsPerStage`:
 * repeating the same failure until that limit is not worth its cost.
 */
const furtherAttempts = {
  /** After OUTPUT_INVALID, whatever its reason; one of them may be the repair. */
  outputInvalid: 2,
  /** After PROVIDER_TRUNCATED at about the same length: see `sameLengthShare`. */
  truncatedAtSameLength: 2,
  /** After output that was all reasoning: only with a lower effort. */
  outputLimit: 1,
  /** After CONTEXT_TOO_LONG: the same prompt would not be shorter. */
  contextTooLong: 0,
} as const;

/** Two outputs were truncated at the same length if they differ by at most this share of the longer one. */
const sameLengthShare = 0.1;

/** Attempts of one stage that continue after the model reached its output limit. */
const maxContinuations = 3;

/** May the stage's present attempt, ended by `failure`, be followed by another one? Pure. */
export function mayRetry(run: RunState, stage: StageState, failure: Failure): boolean {
  const present = stage.attempts.at(-1);
  if (present === undefined || isLastAttempt(run, stage)) return false;
  const earlier = ownAttempts(stage).slice(0, -1);
  const failures = (fits: (attempt: AttemptState, cause: Failure) => boolean) =>
    1 + earlier.filter((attempt) => attempt.failure !== undefined && fits(attempt, attempt.failure)).length;
  if (failure.code === 'CONTEXT_TOO_LONG') return furtherAttempts.contextTooLong > 0;
  const invalid = failures((_, { code }) => code === 'OUTPUT_INVALID');
  if (failure.code === 'OUTPUT_INVALID' && invalid > furtherAttempts.outputInvalid) return false;
  if (failure.reason === 'output_limit') {
    const tried = failures((_, { reason }) => reason === 'output_limit');
    return tried <= furtherAttempts.outputLimit && lowerEffort(effortOf(run, stage, present)) !== undefined;
  }
  if (!failure.retryable) return false;
  if (failure.code === 'PROVIDER_TRUNCATED') {
    const repeated = failures(
      (attempt, { code }) => code === 'PROVIDER_TRUNCATED' && isSameLength(attempt, present),
    );
    return repeated <= furtherAttempts.truncatedAtSameLength;
  }
  return true;
}

/** A stage gets one repair, if an attempt is left. */
export function mayRepair(run: RunState, stage: StageState, failure: Failure): boolean {
  return !ownAttempts(stage).some(({ cause }) => cause === 'repair') && mayRetry(run, stage, failure);
}

/**
 * Is an attempt that was truncated by the output limit continued? Only if it wrote something, its format is not
 * `json`, the stage has continuations left, and the context window, where known, has space. Pure.
 */
export function mayContinue(progress: RunProgress, stage: StageState, usage: Usage): boolean {
  const attempt = stage.attempts.at(-1);
  if (attempt === undefined || stage.format === 'json') return false;
  if (attempt.text.slice(attempt.keptChars).trim() === '') return false;
  const { contextTokens = Infinity } = progress;
  if (usage.inputTokens + usage.outputTokens >= contextTokens) return false;
  return ownAttempts(stage).filter(({ cause }) => cause === 'continue').length < maxContinuations;
}

/** Does the attempt continue a truncated text, also after a failure or a crash in between? */
export function continuesTruncated(stage: StageState, attempt: AttemptState): boolean {
  if (attempt.cause === 'continue') return true;
  const again = attempt.cause === 'retry' || attempt.cause === 'resume';
  const before = stage.attempts[stage.attempts.indexOf(attempt) - 1];
  return again && attempt.keptChars > 0 && before !== undefined && continuesTruncated(stage, before);
}

function isSameLength(one: AttemptState, other: AttemptState): boolean {
  const [shorter = 0, longer = 0] = [writtenChars(one), writtenChars(other)].toSorted((a, b) => a - b);
  return longer - shorter <= longer * sameLengthShare;
}

function writtenChars({ text, reasoning, keptChars }: AttemptState): number {
  return text.length - keptChars + reasoning.length;
}
