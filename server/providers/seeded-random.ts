import { fnv1a } from '@stagewire/shared';

/**
 * A deterministic source of numbers in [0, 1): the same parts in the same order give the same sequence. Mulberry32,
 * seeded by FNV-1a.
 */
export function createSeededRandom(...parts: readonly (string | number)[]): () => number {
  let state = fnv1a(parts.join('\u0000'));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of `choices`, selected by `random`. */
export function pick<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}
