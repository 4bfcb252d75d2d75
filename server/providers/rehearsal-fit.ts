import { pick } from './seeded-random.ts';
import type { Subject } from './rehearsal-subject.ts';

/** A text before its length is decided. Every block ends with an empty line. */
export interface Draft {
  /** In order; a short text leaves out those that do not fit. */
  readonly blocks: readonly string[];
  /** Those of the blocks that are about what an instruction names. */
  readonly topics?: readonly string[];
  /** A minimal file, used if no file among the blocks fits: a code stage must produce a file. */
  readonly short?: string;
  /** A further block, for a text that is to be longer; may be called any number of times. */
  extra(number: number): string;
}

/** The draft as one text: of exactly `chars` UTF-16 code units if a length is requested, else as long as its blocks. */
export function fit(
  draft: Draft,
  chars: number | undefined,
  filling: { readonly subject: Subject; readonly random: () => number },
): string {
  if (chars === undefined) return draft.blocks.join('').trimEnd();
  const whole = fitting(draft.blocks, chars);
  const isShort = draft.short !== undefined && !whole.some(isFile);
  const taken = isShort ? fitting([draft.short, ...draft.blocks], chars) : [...whole];
  let leftChars = chars - taken.join('').length;
  // If a block did not fit, no further ones are added.
  for (let number = 1; whole.length === draft.blocks.length; number += 1) {
    const block = draft.extra(number);
    if (block.length > leftChars) break;
    taken.push(block);
    leftChars -= block.length;
  }
  return taken.join('') + fill(leftChars, filling.subject, filling.random);
}

/** The blocks that fit, in order. */
function fitting(blocks: readonly (string | undefined)[], chars: number): string[] {
  let leftChars = chars;
  return blocks.filter((block): block is string => {
    if (block === undefined || block.length > leftChars) return false;
    leftChars -= block.length;
    return true;
  });
}

function isFile(block: string): boolean {
  return block.startsWith('```');
}

/** Sentences about the subject, of exactly `chars` chars. The last one is truncated and ends with a full stop. */
export function fill(chars: number, subject: Subject, random: () => number): string {
  if (chars <= 0) return '';
  const sentences: string[] = [];
  for (let length = 0; length < chars;) {
    const sentence = fillingSentence(subject, random);
    sentences.push(sentence);
    length += sentence.length;
  }
  const cut = sentences
    .join('')
    .slice(0, chars - 1)
    .trimEnd();
  return cut.padEnd(chars, '.');
}

/** A sentence of ASCII words, followed by a space. */
export function fillingSentence({ parts }: Subject, random: () => number): string {
  const what = pick(random, parts);
  const [first, second, ...more] = parts.filter((part) => part !== what);
  const other = pick(random, [first ?? 'rest', second ?? first ?? 'rest', ...more]);
  const opening = pick(random, [
    'In this design',
    'At run time',
    'In practice',
    'In this version',
    'By default',
    'In the first step',
  ]);
  const verb = pick(random, [
    'depends on',
    'is passed to',
    'is checked before',
    'is stored separately from',
    'is named after',
  ]);
  const end = pick(random, [
    'and no other part depends on it',
    'which keeps the change small',
    'so that a test can check it',
    'as described in the plan',
    'unless the task requires more',
  ]);
  return `${opening} the ${what} ${verb} the ${other}, ${end}. `;
}
