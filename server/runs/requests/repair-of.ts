import type { AttemptState, FailureReason, StageState } from '@stagewire/shared';
import { withoutThought } from '@stagewire/shared/text/thought';
import type { PromptRepair } from '../../pipeline/prompt-input.ts';

/**
 * What a repair has to mend; also for the attempts that follow it, until a steer begins the answer anew. From the log
 * only: the failure says what is wrong, so that a later reader of texts does not change what was said.
 */
export function repairOf(stage: StageState): PromptRepair | undefined {
  const index = stage.attempts.findLastIndex(
    (attempt, at) => attempt.cause === 'repair' || isSteeredAnew(attempt, stage.attempts[at - 1]),
  );
  const invalid = stage.attempts[index - 1];
  if (stage.attempts[index]?.cause !== 'repair' || invalid === undefined) return undefined;
  const { reason, message = '' } = invalid.failure ?? {};
  const skipReason = quotedBlocks(reason);
  const blocks = invalid.skipped
    .filter((block) => block.reason === skipReason)
    .map(({ path, offset, chars }) => ({ path, text: invalid.text.slice(offset, offset + chars) }));
  // The files that were taken stand in the prompt already; the answer as a whole would be there twice.
  const showsAnswer = showsText(reason) || (skipReason !== undefined && blocks.length === 0);
  return { reason, message, text: showsAnswer ? withoutThought(invalid.text) : '', blocks };
}

/** Also by a steer that a recovery applied, which shows in the commands of its prompt only. */
function isSteeredAnew({ cause, keptChars, commandIds }: AttemptState, before?: AttemptState): boolean {
  if (keptChars > 0) return false;
  return cause === 'steer' || (cause === 'resume' && commandIds.length > (before?.commandIds.length ?? 0));
}

function quotedBlocks(reason: FailureReason | undefined): 'open' | 'elided' | undefined {
  if (reason === 'file_open') return 'open';
  return reason === 'file_elided' ? 'elided' : undefined;
}

/** Whether the answer holds what the next one is to be made of. */
function showsText(reason: FailureReason | undefined): boolean {
  switch (reason) {
    case 'no_file':
    case 'review_unreadable':
    case 'review_without_issues':
    case undefined:
      return true;
    default:
      return false;
  }
}
