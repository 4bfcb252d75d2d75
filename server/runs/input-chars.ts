import type { InputFile, RunState } from '@stagewire/shared';

/** The texts of a run's input, without those that it inherits. */
export interface InputTexts {
  readonly task?: string | undefined;
  readonly files?: readonly InputFile[] | undefined;
  readonly instructions?: RunState['instructions'] | undefined;
}

/** The memory of a run that depends on its input, held from start to end, in UTF-16 units. */
export function inputChars({ task = '', files = [], instructions = {} }: InputTexts): number {
  const texts = [task, ...files.map(({ text }) => text), ...Object.values(instructions)];
  return texts.reduce((sum, text) => sum + text.length, 0);
}
