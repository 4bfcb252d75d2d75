import type { FileState, InputFile, RunFile } from '@stagewire/shared';
import { writtenText } from '@stagewire/shared/text/file-text';
import type { RunProgress } from '../progress.ts';

type Files = Pick<RunProgress, 'run' | 'inputs'>;

/** The present files of a run with their texts, ordered by their last change, oldest first. */
export function filesOf(progress: Files): RunFile[] {
  const given = new Map(progress.inputs.map((input) => [input.path, input]));
  return progress.run.files.map((file) => {
    const { parts: _, ...rest } = file;
    return { ...rest, text: writtenText(progress.run, file) ?? given.get(file.path)?.text ?? '' };
  });
}

/** The text of one file, which need not be present any more. */
export function textOf({ run, inputs }: Files, file: FileState): string {
  return writtenText(run, file) ?? inputs.find(isOf(file))?.text ?? '';
}

function isOf({ path }: FileState): (input: InputFile) => boolean {
  return (input) => input.path === path;
}
