import { pick } from './seeded-random.ts';
import type { Subject } from './rehearsal-subject.ts';

/** A text before its length is decided. Every block ends with an empty line. */
export interface Draft {
  /** In order; a text that is to be short leaves out those that do not fit. */
  readonly blocks: readonly string[];
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
  const taken: string[] = [];
  let length = 0;
  const take = (block: string): boolean => {
    if (length + block.length > chars) return false;
    taken.push(block);
    length += block.length;
    return true;
  };
  for (const block of draft.blocks) take(block);
  // What was left out for want of room is not to be followed by more.
  if (taken.length === draft.blocks.length) for (let number = 1; take(draft.extra(number)); number += 1);
  return taken.join('') + fill(chars - length, filling.subject, filling.random);
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
