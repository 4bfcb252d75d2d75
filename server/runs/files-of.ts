import type { RunFile } from '@stagewire/shared';
import { fileText } from '@stagewire/shared/text/file-text';
import type { RunProgress } from './progress.ts';

/** The files of a run as they are now, with their texts, by their last change, oldest first. */
export function filesOf({ run, inputs }: Pick<RunProgress, 'run' | 'inputs'>): RunFile[] {
  const given = new Map(inputs.map(({ path, text }) => [path, text]));
  return run.files.map((file) => {
    const { parts: _, ...rest } = file;
    return { ...rest, text: fileText(run, file) ?? given.get(file.path) ?? '' };
  });
}
