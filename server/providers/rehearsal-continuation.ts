import { acknowledge } from './rehearsal-prose.ts';
import { quoted } from './rehearsal-subject.ts';

export interface ContinuationOptions {
  /** The text that is there already. */
  readonly kept: string;
  /** Oldest first. */
  readonly instructions: readonly string[];
  /** The whole text as it is when only the first `count` instructions are known. */
  readonly write: (count: number) => string;
  /**
   * What takes the place of what was written with the first `count` instructions in mind, now that all are known;
   * `undefined` if the text can just go on. `sofar` is everything before it.
   */
  readonly revise: (count: number, sofar: string) => string | undefined;
  /** What cannot be done as it was asked, in a sentence or several; may be empty. */
  readonly declined: string;
  /** What a comment begins with, for an answer in the middle of a file. */
  readonly comment: string;
  /** Whether the code may have comments. */
  readonly hasComments: boolean;
  /** Sentences to go on with when the kept text is nothing of ours. */
  readonly otherwise: string;
}

/**
 * What comes after a kept text: the text that it is the beginning of, from where it stopped, with a sentence
 * about instructions that it does not answer yet, put where a paragraph or a line of code ends.
 */
export function continueText(options: ContinuationOptions): string {
  const { kept, instructions } = options;
  const rest = restOf(options);
  const openly = rest ?? options.otherwise;
  const near = kept + openly.slice(0, 200);
  const news = instructions.filter((text) => !near.includes(quoted(text, 160)));
  if (news.length === 0 && rest !== undefined && rest !== '') return rest;

  const revised = reviseText(options, rest, news.length);
  if (revised !== undefined) return revised;

  const end = rest === undefined || rest === '' ? 0 : seamIn(kept, rest);
  const head = openly.slice(0, end);
  const tail = openly.slice(end);
  const inCode = isInFence(kept + head);
  const atLineStart = (kept + head).endsWith('\n');
  if (inCode) {
    const indent = /^[ \t]*/.exec(tail)?.[0] ?? '';
    const answer =
      news.length === 0 || !options.hasComments
        ? ''
        : `${indent}${options.comment} ${answerTo(news, options)}\n`;
    // Someone else's file is closed where it stands: what comes next is not its code.
    return `${head}${atLineStart ? '' : '\n'}${answer}${rest === undefined ? '```\n\n' : ''}${tail}`;
  }
  const answer = news.length === 0 ? 'That is all there is to say.' : answerTo(news, options);
  return `${head}${(kept + head).endsWith('\n\n') ? '' : '\n\n'}${answer}${tail === '' ? '' : `\n\n${tail}`}`;
}

/** Ends the block or paragraph that is open, answers, and gives anew what is to be different. */
function reviseText(
  options: ContinuationOptions,
  rest: string | undefined,
  newCount: number,
): string | undefined {
  const { kept, instructions, revise } = options;
  const answered = instructions.length - newCount;
  // What was revised already, and broke off before it could be told apart, is revised once more.
  const isLost = newCount === 0 && rest === undefined && kept.includes('As asked: ');
  const known = isLost ? 0 : answered;
  const head =
    rest === undefined || rest === '' ? (isInFence(kept) ? '\n```\n\n' : '') : endOfBlock(kept, rest);
  const revised = newCount > 0 || isLost ? revise(known, kept + head) : undefined;
  if (revised === undefined) return undefined;
  const gap = (kept + head).endsWith('\n\n') || kept + head === '' ? '' : '\n\n';
  const answer = newCount === 0 ? '' : `${answerTo(instructions.slice(-newCount), options)}\n\n`;
  return `${head}${gap}${answer}${revised}`.trimEnd();
}

function answerTo(news: readonly string[], { declined }: ContinuationOptions): string {
  return declined === '' ? acknowledge(news) : `${acknowledge(news)} ${declined}`;
}

/** What is left of the paragraph or the file that is open, which may be a fence that has only begun. */
function endOfBlock(kept: string, rest: string): string {
  for (const { index } of rest.matchAll(/\n\n/g)) {
    const head = rest.slice(0, index + 2);
    if (!isInFence(kept + head)) return head;
  }
  return rest;
}

function restOf({ kept, instructions, write }: ContinuationOptions): string | undefined {
  // A text that was continued before has a sentence in its middle that no whole text has: then its end decides.
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

/** Where an answer can stand in what is to come: after this line of code, or before the next paragraph. */
function seamIn(kept: string, rest: string): number {
  const mark = isInFence(kept) ? '\n' : '\n\n';
  const at = rest.indexOf(mark);
  return at === -1 ? rest.length : at + mark.length;
}

function isInFence(text: string): boolean {
  return (text.match(/^```/gm)?.length ?? 0) % 2 === 1;
}
