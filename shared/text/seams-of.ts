import type { StageState } from '../state.ts';

/**
 * The offsets in an attempt's text at which an attempt continued a truncated text, ascending: the start of its
 * own output, and the seams in the text that it kept.
 *
 * @param index of the attempt in `stage.attempts`, from 0.
 */
export function seamsOf(stage: StageState, index: number): readonly number[] {
  const seams: number[] = [];
  let end = Infinity;
  for (let at = index; at > 0; at -= 1) {
    const keptChars = stage.attempts[at]?.keptChars ?? 0;
    if (keptChars === 0) break;
    // A retry keeps less than the previous attempt wrote, and a resumed attempt may have added nothing.
    if (keptChars < end) seams.unshift(keptChars);
    end = Math.min(end, keptChars);
  }
  return seams;
}
