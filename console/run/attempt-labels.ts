import { visibleName } from '@stagewire/client/text';
import type { AttemptState, CommandState, FailureReason, StageState } from '@stagewire/client';
import { grouped } from '@stagewire/client';

/** What an attempt was begun for, in few words; for the buttons of the attempts. */
const causeWords: Readonly<Record<AttemptState['cause'], string>> = {
  plan: 'as planned',
  review: 'after the review',
  steer: 'by a steer',
  redirect: 'by a redirect',
  retry: 'a retry',
  repair: 'asked again',
  resume: 'taken up after the server stopped',
  continue: 'goes on behind the length limit',
};

export function causeOf({ cause }: AttemptState): string {
  // A cause of a later version is shown as it is.
  return Object.hasOwn(causeWords, cause) ? causeWords[cause] : cause;
}

/** Why an attempt was begun, with what was wrong with the one before. */
export function whyBegun(stage: StageState, attempt: AttemptState): string {
  const before = stage.attempts.find((it) => it.attempt === attempt.attempt - 1);
  if (attempt.cause === 'continue') return 'the text before was cut at the length limit, and goes on here';
  if (attempt.cause === 'review' && stage.role === 'reviewer')
    return `${causeOf(attempt)}, because files changed that had been reviewed`;
  const because = before === undefined ? undefined : reasonWords(before);
  return because !== undefined && (attempt.cause === 'repair' || attempt.cause === 'retry')
    ? `${causeOf(attempt)}, because ${because}`
    : causeOf(attempt);
}

/**
 * Where an instruction in an attempt's prompt was given, if not for this attempt: the attempt only has it because later
 * attempts keep it, or later stages do. `undefined` where the attempt was the first to have it.
 */
export function inheritedFrom(
  { appliedTo }: CommandState,
  at: { readonly stage: number; readonly attempt: number },
): string | undefined {
  const { stage, attempt } = appliedTo ?? {};
  if (stage === undefined || stage === null) return undefined;
  if (stage !== at.stage) return `given in stage ${stage}, still in the prompt`;
  if (attempt === undefined || attempt === null || attempt === at.attempt) return undefined;
  return `given in attempt ${attempt}, still in the prompt`;
}

/** What was wrong with an attempt that failed; `undefined` where its failure says nothing finer than its code. */
function reasonWords({ failure, skipped }: AttemptState): string | undefined {
  const reason = failure?.reason;
  if (reason === undefined) return undefined;
  const blocks = (kind: 'open' | 'elided') => skipped.filter((it) => it.reason === kind);
  switch (reason) {
    case 'file_open':
      return filesWords(blocks('open'), ['was left open', 'were left open']);
    case 'file_elided':
      return filesWords(blocks('elided'), ['leaves parts out', 'leave parts out']);
    default:
      return Object.hasOwn(reasons, reason) ? reasons[reason] : reason.replaceAll('_', ' ');
  }
}

const reasons: Readonly<Record<Exclude<FailureReason, 'file_open' | 'file_elided'>, string>> = {
  output_limit: 'every token it may write went into reasoning',
  tool_call: 'the model called a tool, and there are none',
  empty: 'the model wrote nothing',
  thought_unfinished: 'the model opened a thought and never closed it',
  no_file: 'the answer had no file in it',
  review_unreadable: 'the review could not be read',
  review_without_issues: 'the review asks for changes and names no issue',
  rate_limit: 'the provider wanted to be asked later',
  quota: 'the provider’s quota was used up',
  wait_too_long: 'the provider wanted too long a wait',
  wrong_address: 'what answered is not the API',
  model_unknown: 'the provider has no such model',
};

function filesWords(
  files: readonly { readonly path?: string | undefined }[],
  [one, more]: readonly [string, string],
): string {
  const [first] = files;
  if (files.length === 1 && first?.path !== undefined) return `${visibleName(first.path)} ${one}`;
  return files.length < 2 ? `a file ${one}` : `${grouped(files.length)} files ${more}`;
}

/** Did a stage end with a text that is cut off at the model's length limit? */
export function isCutOff({ status, finishReason }: StageState): boolean {
  return status === 'completed' && finishReason === 'length';
}
