import { fenced, findFences } from '@stagewire/shared/text/fences';
import { languageOf } from '@stagewire/shared/text/language-of';
import type { PromptDraft, PromptRepair, PromptSteer } from './prompt-input.ts';
import { isBlank, joinSections } from './prompt-text.ts';

/** Texts that follow the assignment in the first message. Each is blank if it does not apply. */

export function steersSection(steers: readonly PromptSteer[]): string {
  const texts = steers.filter(({ text }) => !isBlank(text));
  if (texts.length === 0) return '';
  const items = texts.map(({ text, kind }) =>
    kind === 'redirect' ? `When the work was sent to another role:\n\n${fenced(text)}` : fenced(text),
  );
  return joinSections([
    '# Instructions given while the work was in progress',
    'They go before the task where they differ from it, and a later one before an earlier one.',
    ...items,
  ]);
}

/** Requests what an answer lacked. Quotes only what the answer does not show. */
export function repairRequest({ reason, message, blocks }: PromptRepair): string {
  const problem = isBlank(message) ? '' : `What is wrong with it:\n\n${fenced(message)}`;
  const quoted = blocks.map(({ path, text }) =>
    fenced(text, path === undefined ? '' : `${languageOf(path)} ${path}`),
  );
  switch (reason) {
    case 'no_file':
      return joinSections([
        'Your answer holds no file that could be taken.',
        problem,
        'Answer again with the files, each in a code block of its own whose opening fence names its path. If nothing is to be changed, answer with an empty block `unchanged`.',
      ]);
    case 'file_open':
      return joinSections([
        'Your last answer ended inside a file. Its closed files were taken and stand above; this one was not:',
        ...(quoted.length === 0 ? [problem] : quoted),
        'Answer with this file only, whole, and with those that should have followed it. Do not send the others again.',
      ]);
    case 'file_elided':
      return joinSections([
        'Your last answer leaves out parts of a file, as if the reader had them. Its whole files were taken and stand above; these were not:',
        ...(quoted.length === 0 ? [problem] : quoted),
        'Answer with these files only, each whole, from its first line to its last. Do not send the others again.',
      ]);
    case 'tool_call':
      return 'Your last answer called a tool. There are no tools here: write the answer itself, as text and in the form that was asked for.';
    case 'empty':
      return 'Your last answer was empty. Write the whole answer now, in the form that was asked for.';
    case 'thought_unfinished':
      return 'Your last answer ended inside a thought, before it began. Think briefly, close the thought, and write the whole answer.';
    case 'output_limit':
      return 'Your last answer spent all of its length on thinking. Think briefly, and write the whole answer.';
    case 'review_without_issues':
      return joinSections([
        'Your review asks for changes and names no issue, so it is unclear what to change.',
        problem,
        'Answer again with the whole JSON object: either with the issues, or with the verdict "approved".',
      ]);
    case 'review_unreadable':
    case 'rate_limit':
    case 'quota':
    case 'wait_too_long':
    case 'wrong_address':
    case 'model_unknown':
    case undefined:
      return joinSections([
        'Your answer cannot be read by the program that waits for it.',
        problem,
        'Answer again, with the whole answer and exactly in the form that was asked for.',
      ]);
    default:
      return reason satisfies never;
  }
}

/** The instruction that follows a draft: how to continue it, or to start again. */
export function continuationRequest({ text, mode, cutBy }: PromptDraft): string {
  if (mode === 'restart') {
    return 'You were interrupted, and the draft above is discarded. Start your answer again from scratch, taking the draft and every instruction into account. Do not mention the draft or the interruption.';
  }
  const cause =
    cutBy === 'length'
      ? 'Your answer reached the limit of its length and was cut off.'
      : 'You were interrupted.';
  const seam =
    findFences(text).at(-1)?.isClosed === false
      ? 'The text stops inside a code block that is still open: continue with its content, and do not open a new code fence for it.'
      : 'The text stops outside any code block.';
  const lines = text.endsWith('\n') ? '' : ' Its last line is not finished: continue it.';
  return `${cause} The reader keeps everything above, and what you write now is joined to it as it is. Continue exactly where the text stops, in the middle of a word if need be.${lines} ${seam} Do not repeat or restate anything, do not start again, and do not mention the interruption. Follow every instruction from here on.`;
}
