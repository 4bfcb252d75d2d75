import type { TextPart } from '../primitives.ts';
import type { FileState, RunState } from '../state.ts';

/**
 * The text of a file that a role wrote: pieces of the text of its attempt. `undefined` for a context file, whose text
 * is not in the state: `runs.files` has it.
 */
export function writtenText(state: RunState, file: FileState): string | undefined {
  if (file.from === 'input') return undefined;
  const text = state.stages
    .find(({ stage }) => stage === file.stage)
    ?.attempts.find(({ attempt }) => attempt === file.attempt)?.text;
  return joinParts(text ?? '', file.parts);
}

/** The concatenation of these pieces of `text`. */
export function joinParts(text: string, parts: readonly TextPart[]): string {
  return parts.map(({ offset, chars }) => text.slice(offset, offset + chars)).join('');
}
