import type { RunState } from '../generated/contract.ts';
import { lineDiff, type DiffPart, type LineDiffOptions } from './line-diff.ts';
import { fileText, filesAt, type FilesAt } from './run-files.ts';

/** The options of `fileDiff`. */
export interface FileDiffOptions extends Pick<LineDiffOptions, 'maxEdits'> {
  /** The earlier version. */
  readonly from: FilesAt;
  /** The later version. @default the latest */
  readonly to?: FilesAt | undefined;
}

/**
 * The line diff of two versions of a file; where it does not exist, its text counts as empty. `undefined` if one of the
 * two is not in the state: the attempt has not ended, or it is a context file. Pure; sends no request.
 */
export function fileDiff(
  run: RunState,
  path: string,
  { from, to, ...options }: FileDiffOptions,
): readonly DiffPart[] | undefined {
  const [before, after] = [textAt(run, path, from), textAt(run, path, to)];
  return before === undefined || after === undefined ? undefined : lineDiff(before, after, options);
}

function textAt(run: RunState, path: string, at: FilesAt | undefined): string | undefined {
  const files = filesAt(run, at);
  if (files === undefined) return undefined;
  return files.some((file) => file.path === path) ? fileText(run, path, at) : '';
}
