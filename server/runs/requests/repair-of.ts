import type { AttemptState, FailureReason, StageState } from '@stagewire/shared';
import { withoutThought } from '@stagewire/shared/text/thought';
import type { PromptRepair } from '../../pipeline/prompt-input.ts';

/**
 * What a repair has to fix; also for the attempts after it, until a steer restarts the answer. From the log
 * only: the failure has the reason, so that a later version of the parser does not change the prompt.
 */
export function repairOf(stage: StageState): PromptRepair | undefined {
  const index = stage.attempts.findLastIndex(
    (attempt, at) => attempt.cause === 'repair' || isRestartedBySteer(attempt, stage.attempts[at - 1]),
  );
  const invalid = stage.attempts[index - 1];
  if (stage.attempts[index]?.cause !== 'repair' || invalid === undefined) return undefined;
  const { reason, message = '' } = invalid.failure ?? {};
  const skipReason = quotedBlocks(reason);
  const blocks = invalid.skipped
    .filter((block) => block.reason === skipReason)
    .map(({ path, offset, chars }) => ({ path, text: invalid.text.slice(offset, offset + chars) }));
  // Accepted files are in the prompt already; the whole answer would repeat them.
  const showsAnswer = showsText(reason) || (skipReason !== undefined && blocks.length === 0);
  return { reason, message, text: showsAnswer ? withoutThought(invalid.text) : '', blocks };
}

/** Also by a steer that a recovery applied, which is visible only in the commands of its prompt. */
function isRestartedBySteer({ cause, keptChars, commandIds }: AttemptState, before?: AttemptState): boolean {
  if (keptChars > 0) return false;
  return cause === 'steer' || (cause === 'resume' && commandIds.length > (before?.commandIds.length ?? 0));
}

function quotedBlocks(reason: FailureReason | undefined): 'open' | 'elided' | undefined {
  if (reason === 'file_open') return 'open';
  return reason === 'file_elided' ? 'elided' : undefined;
}

/** Does the next answer need the text of this one? */
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
