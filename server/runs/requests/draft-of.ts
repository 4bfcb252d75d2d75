import type { RunState, StageState } from '@stagewire/shared';
import { withoutThought } from '@stagewire/shared/text/thought';
import type { PromptDraft } from '../../pipeline/prompt-input.ts';
import { isBlank } from '../../pipeline/prompt-text.ts';

/**
 * The text that an attempt starts from: the kept text, or what a steer discarded. From the log only.
 *
 * | cause                      | keeps text         | keeps none                                                        |
 * | -------------------------- | ------------------ | ----------------------------------------------------------------- |
 * | plan, review, redirect     | -                  | nothing                                                           |
 * | repair                     | -                  | nothing: `repairOf` shows the answer that could not be used       |
 * | continue, fork             | is continued       | nothing                                                           |
 * | steer                      | is continued       | the text shown before it, as a reference; not with `draft: "drop"` |
 * | resume with a steer        | is continued       | the same                                                          |
 * | resume, retry              | is continued       | that of the previous attempt: it repeats its work                     |
 *
 * @param index of the attempt in `stage.attempts`, from 0.
 */
export function draftOf(run: RunState, stage: StageState, index: number): PromptDraft | undefined {
  const attempt = stage.attempts[index];
  if (attempt === undefined) return undefined;
  if (attempt.keptChars > 0) {
    const kept = attempt.text.slice(0, attempt.keptChars);
    // An open thought must be continued, or the next output would be part of it.
    const text = withoutThought(kept) || kept;
    return { text, mode: 'continue', cutBy: isCutByLength(stage, index) ? 'length' : 'interruption' };
  }
  switch (attempt.cause) {
    case 'steer':
      return discarded(run, stage, index);
    case 'resume':
      return enteringSteers(run, stage, index).length > 0
        ? discarded(run, stage, index)
        : draftOf(run, stage, index - 1);
    case 'retry':
      return draftOf(run, stage, index - 1);
    case 'plan':
    case 'review':
    case 'redirect':
    case 'repair':
    case 'continue':
    case 'fork':
      return undefined;
    default:
      return attempt.cause satisfies never;
  }
}

/** The text that a steer discarded: the latest that the stage had shown of this answer, unless the steer drops it. */
function discarded(run: RunState, stage: StageState, index: number): PromptDraft | undefined {
  if (enteringSteers(run, stage, index).some(({ draft }) => draft === 'drop')) return undefined;
  const before = stage.attempts[index - 1];
  const text = withoutThought(before?.text ?? '');
  if (!isBlank(text)) return { text, mode: 'restart', cutBy: 'interruption' };
  const earlier = draftOf(run, stage, index - 1);
  return earlier === undefined ? undefined : { ...earlier, mode: 'restart' };
}

/** The steers that entered the prompt with this attempt. */
function enteringSteers(run: RunState, stage: StageState, index: number) {
  const before = new Set(stage.attempts[index - 1]?.commandIds);
  const entered = new Set(stage.attempts[index]?.commandIds.filter((commandId) => !before.has(commandId)));
  return run.commands.flatMap(({ commandId, command }) =>
    entered.has(commandId) && command.kind === 'steer' ? [command] : [],
  );
}

/** Was the kept text truncated by the model's output limit? Checked at the start of a chain of retries. */
function isCutByLength({ attempts }: StageState, index: number): boolean {
  const first = attempts.slice(0, index + 1).findLast(({ cause }) => cause !== 'retry');
  return first?.cause === 'continue';
}
