import { pick } from './seeded-random.ts';
import type { Subject } from './rehearsal-subject.ts';

/** A text before its length is decided. Every block ends with an empty line. */
export interface Draft {
  /** In order; a text that is to be short leaves out those that do not fit. */
  readonly blocks: readonly string[];
  /** A file as short as can be, for a text that has no room for one of its own: a stage of code is there for files. */
  readonly short?: string;
  /** A further block, for a text that is to be longer: there are as many as are wanted. */
  extra(number: number): string;
}

/** The draft as one text: of exactly `chars` UTF-16 units if a length is asked for, else as long as its blocks. */
export function fit(
  draft: Draft,
  chars: number | undefined,
  filling: { readonly subject: Subject; readonly random: () => number },
): string {
  if (chars === undefined) return draft.blocks.join('').trimEnd();
  const whole = fitting(draft.blocks, chars);
  const isShort = draft.short !== undefined && !whole.some(isFile);
  const taken = isShort ? fitting([draft.short, ...draft.blocks], chars) : [...whole];
  let room = chars - taken.join('').length;
  // What was left out for want of room is not to be followed by more.
  for (let number = 1; whole.length === draft.blocks.length; number += 1) {
    const block = draft.extra(number);
    if (block.length > room) break;
    taken.push(block);
    room -= block.length;
  }
  return taken.join('') + fill(room, filling.subject, filling.random);
}

/** The blocks, in order, without those for which there is no room. */
function fitting(blocks: readonly (string | undefined)[], chars: number): string[] {
  let room = chars;
  return blocks.filter((block): block is string => {
    if (block === undefined || block.length > room) return false;
    room -= block.length;
    return true;
  });
}

function isFile(block: string): boolean {
  return block.startsWith('```');
}

/** Sentences about the subject, of exactly `chars` characters, the last one cut and closed with a full stop. */
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

/** A sentence of ASCII words, with a space behind it. */
export function fillingSentence({ parts }: Subject, random: () => number): string {
  const what = pick(random, parts);
  const [first, second, ...more] = parts.filter((part) => part !== what);
  const other = pick(random, [first ?? 'rest', second ?? first ?? 'rest', ...more]);
  const opening = pick(random, [
    'Here',
    'At this point',
    'In practice',
    'For now',
    'On the way out',
    'First of all',
  ]);
  const verb = pick(random, [
    'decides about',
    'leads to',
    'is checked before',
    'stays apart from',
    'is named after',
  ]);
  const end = pick(random, [
    'and nothing else depends on it',
    'which keeps the change small',
    'so that a test can tell',
    'as the plan has it',
    'until somebody asks for more',
  ]);
  return `${opening} the ${what} ${verb} the ${other}, ${end}. `;
}
