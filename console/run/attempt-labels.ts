import { visibleName } from '@stagewire/client/text';
import type { AttemptState, CommandState, FailureReason, StageState } from '@stagewire/client';
import { grouped } from '@stagewire/client';

/** Short labels for the cause of an attempt. */
const causeLabels: Readonly<Record<AttemptState['cause'], string>> = {
  plan: 'planned',
  review: 'after the review',
  steer: 'after a steer',
  redirect: 'after a redirect',
  retry: 'retry',
  repair: 'repair',
  resume: 'recovered after a server stop',
  continue: 'continued after the length limit',
  fork: 'forked from another run',
};

export function causeLabel({ cause }: AttemptState): string {
  // Causes of a later version are shown as they are.
  return Object.hasOwn(causeLabels, cause) ? causeLabels[cause] : cause;
}

/** Why an attempt was started, with the error of the previous one; '' for the first attempt of a planned stage. */
export function startReason(stage: StageState, attempt: AttemptState): string {
  const previous = stage.attempts.find((it) => it.attempt === attempt.attempt - 1);
  if (attempt.cause === 'plan') return '';
  if (attempt.cause === 'review' && stage.role === 'reviewer')
    return 'another review: files changed after the previous one';
  const reason = previous === undefined ? undefined : reasonText(previous);
  return reason !== undefined && (attempt.cause === 'repair' || attempt.cause === 'retry')
    ? `${causeLabel(attempt)}: ${reason}`
    : causeLabel(attempt);
}

/**
 * Where an instruction in an attempt's prompt comes from, if it was first applied to an earlier attempt or stage.
 * `undefined` if this attempt is the first with it.
 */
export function inheritedFrom(
  { appliedTo }: CommandState,
  at: { readonly stage: number; readonly attempt: number },
): string | undefined {
  const { stage, attempt } = appliedTo ?? {};
  if (stage === undefined || stage === null) return undefined;
  if (stage !== at.stage) return `from stage ${stage}`;
  if (attempt === undefined || attempt === null || attempt === at.attempt) return undefined;
  return `from attempt ${attempt}`;
}

/** The error of a failed attempt; `undefined` if its failure has no reason besides the code. */
function reasonText({ failure, skipped }: AttemptState): string | undefined {
  const reason = failure?.reason;
  if (reason === undefined) return undefined;
  const blocks = (kind: 'open' | 'elided') => skipped.filter((it) => it.reason === kind);
  switch (reason) {
    case 'file_open':
      return filesText(blocks('open'), ['was not closed', 'were not closed']);
    case 'file_elided':
      return filesText(blocks('elided'), ['omits parts', 'omit parts']);
    default:
      return Object.hasOwn(reasons, reason) ? reasons[reason] : reason.replaceAll('_', ' ');
  }
}

const reasons: Readonly<Record<Exclude<FailureReason, 'file_open' | 'file_elided'>, string>> = {
  output_limit: 'reasoning used up the output limit',
  tool_call: 'the model called a tool, but none are available',
  empty: 'the model returned no text',
  thought_unfinished: 'a reasoning block was not closed',
  no_file: 'the answer contained no file',
  review_unreadable: 'the review could not be parsed',
  review_without_issues: 'the review requests changes without an issue',
  rate_limit: 'the provider’s rate limit was reached',
  quota: 'the provider’s quota was exhausted',
  wait_too_long: 'the provider’s retry delay was too long',
  wrong_address: 'the address is not the provider’s API',
  model_unknown: 'the provider does not have this model',
};

function filesText(
  files: readonly { readonly path?: string | undefined }[],
  [singular, plural]: readonly [string, string],
): string {
  const [first] = files;
  if (files.length === 1 && first?.path !== undefined) return `${visibleName(first.path)} ${singular}`;
  return files.length < 2 ? `a file ${singular}` : `${grouped(files.length)} files ${plural}`;
}

/** Whether the text of a completed stage is truncated at the model's length limit. */
export function isTruncated({ status, finishReason }: StageState): boolean {
  return status === 'completed' && finishReason === 'length';
}
