import { acknowledge } from './rehearsal-prose.ts';
import { quoted } from './rehearsal-subject.ts';

export interface ContinuationOptions {
  /** The text that exists already. */
  readonly kept: string;
  /** Oldest first. */
  readonly instructions: readonly string[];
  /** Writes the whole text as if only the first `count` instructions were known. */
  readonly write: (count: number) => string;
  /**
   * Replaces what was written when only the first `count` instructions were known, now that all are; `undefined` if
   * the text can simply continue. `sofar` is everything before it.
   */
  readonly revise: (count: number, sofar: string) => string | undefined;
  /** The blocks about what the instructions name that this text does not have. */
  readonly topicsFor: (sofar: string) => readonly string[];
  /** Requirements that cannot be met, as sentences; may be empty. */
  readonly declined: string;
  /** The start of a line comment, for an answer in the middle of a file. */
  readonly comment: string;
  /** Whether the code may have comments. */
  readonly hasComments: boolean;
  /** Sentences to continue with when the rehearsal did not write the kept text. */
  readonly otherwise: string;
}

/**
 * The continuation of a kept text: the rest of the text that it is the start of, with a sentence about instructions
 * that it does not take into account yet, placed at the end of a paragraph or a line of code.
 */
export function continueText(options: ContinuationOptions): string {
  const { kept, instructions } = options;
  const rest = restOf(options);
  const continuation = rest ?? options.otherwise;
  const near = kept + continuation.slice(0, 200);
  const newInstructions = instructions.filter((text) => !near.includes(quoted(text, 160)));
  if (newInstructions.length === 0 && rest !== undefined && rest !== '') return rest;

  const revised = reviseText(options, rest, newInstructions.length);
  if (revised !== undefined) return revised;
  const text = textWithAnswer(options, rest, newInstructions);
  const topics = options.topicsFor(kept + text);
  return topics.length === 0 ? text : `${text.trimEnd()}\n\n${topics.join('').trimEnd()}`;
}

/** The rest with an answer to the new instructions in its first gap. */
function textWithAnswer(
  options: ContinuationOptions,
  rest: string | undefined,
  newInstructions: readonly string[],
): string {
  const { kept } = options;
  const continuation = rest ?? options.otherwise;

  const end = rest === undefined || rest === '' ? 0 : seamIn(kept, rest);
  const head = continuation.slice(0, end);
  const tail = continuation.slice(end);
  const inCode = isInFence(kept + head);
  const atLineStart = (kept + head).endsWith('\n');
  if (inCode) {
    const indent = /^[ \t]*/.exec(tail)?.[0] ?? '';
    const answer =
      newInstructions.length === 0 || !options.hasComments
        ? ''
        : `${indent}${options.comment} ${answerTo(newInstructions, options)}\n`;
    // A file of another author is closed where it ends: what comes next is not its code.
    return `${head}${atLineStart ? '' : '\n'}${answer}${rest === undefined ? '```\n\n' : ''}${tail}`;
  }
  const answer = newInstructions.length === 0 ? 'The text is complete.' : answerTo(newInstructions, options);
  return `${head}${(kept + head).endsWith('\n\n') ? '' : '\n\n'}${answer}${tail === '' ? '' : `\n\n${tail}`}`;
}

/** Ends the open block or paragraph, acknowledges the instructions, and rewrites what they change. */
function reviseText(
  options: ContinuationOptions,
  rest: string | undefined,
  newCount: number,
): string | undefined {
  const { kept, instructions, revise } = options;
  const answered = instructions.length - newCount;
  // A revision that was interrupted before it could be recognized is written once more.
  const isLost = newCount === 0 && rest === undefined && kept.includes('As instructed: ');
  const known = isLost ? 0 : answered;
  const head =
    rest === undefined || rest === '' ? (isInFence(kept) ? '\n```\n\n' : '') : endOfBlock(kept, rest);
  const revised = newCount > 0 || isLost ? revise(known, kept + head) : undefined;
  if (revised === undefined) return undefined;
  const gap = (kept + head).endsWith('\n\n') || kept + head === '' ? '' : '\n\n';
  const answer = newCount === 0 ? '' : `${answerTo(instructions.slice(-newCount), options)}\n\n`;
  return `${head}${gap}${answer}${revised}`.trimEnd();
}

function answerTo(newInstructions: readonly string[], { declined }: ContinuationOptions): string {
  return declined === '' ? acknowledge(newInstructions) : `${acknowledge(newInstructions)} ${declined}`;
}

/** The rest of the open paragraph or file; its opening fence may be incomplete. */
function endOfBlock(kept: string, rest: string): string {
  for (const { index } of rest.matchAll(/\n\n/g)) {
    const head = rest.slice(0, index + 2);
    if (!isInFence(kept + head)) return head;
  }
  return rest;
}

function restOf({ kept, instructions, write }: ContinuationOptions): string | undefined {
  // A text that was continued before contains a sentence that no whole text has: then only its end is compared.
  const ending = kept.slice(-80);
  let after: string | undefined;
  for (let count = instructions.length; count >= 0; count -= 1) {
    const text = write(count);
    if (text.startsWith(kept)) return text.slice(kept.length);
    const at = ending.length < 80 ? -1 : text.indexOf(ending);
    if (at !== -1) after ??= text.slice(at + ending.length);
  }
  return after;
}

/** Where an acknowledgement can be inserted: after this line of code, or before the next paragraph. */
function seamIn(kept: string, rest: string): number {
  const mark = isInFence(kept) ? '\n' : '\n\n';
  const at = rest.indexOf(mark);
  return at === -1 ? rest.length : at + mark.length;
}

function isInFence(text: string): boolean {
  return (text.match(/^```/gm)?.length ?? 0) % 2 === 1;
}
