import { createSeededRandom } from '../../server/providers/seeded-random.ts';

/** Choices that are the same for the same seed. */
export interface Dice {
  /** A whole number from 0, below `end`. */
  below(end: number): number;
  isLucky(probability: number): boolean;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** One of a list; `undefined` if that is empty. */
  any<T>(from: readonly T[]): T | undefined;
  bytes(length: number): Buffer;
  /** Characters of every kind: control, quotes, combining, astral, lone surrogates. */
  text(maxChars: number): string;
}

const oddChars = [
  '"',
  '\\',
  '\u0000',
  '\n',
  '\r',
  '\u2028',
  'é',
  '\u0301',
  '😀',
  '\ud800',
  '\udc00',
  '\ufeff',
  '{',
  '`',
  '~',
  '<',
];

export function createDice(name: string, seed: number): Dice {
  const random = createSeededRandom(name, seed);
  const below = (end: number) => Math.floor(random() * end);
  return {
    below,
    isLucky: (probability) => random() < probability,
    pick: (from) => from[below(from.length)] ?? from[0],
    any: (from) => from[below(from.length)],
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
    text(maxChars) {
      const chars = Array.from({ length: below(maxChars + 1) }, () =>
        random() < 0.3 ? (oddChars[below(oddChars.length)] ?? '') : String.fromCharCode(32 + below(95)),
      );
      return chars.join('');
    },
  };
}
