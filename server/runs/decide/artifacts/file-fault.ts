import type { Failure } from '@stagewire/shared';
import type { TextFiles } from '@stagewire/shared/text/read-files';

/** Paths named in one message. */
const maxNamed = 5;

/**
 * What is missing from the text of a stage that must write files, where a repair could supply it; `undefined`
 * if nothing is. An open file comes first, because what follows it may be missing for that reason alone.
 *
 * @param options.mayLeaveAsIs The stage may answer that no change is needed.
 */
export function findFileFault(
  { files, removed, skipped, unchanged }: TextFiles,
  options: { readonly mayLeaveAsIs: boolean },
): Required<Pick<Failure, 'reason' | 'message'>> | undefined {
  const taken = new Set(files.map(({ path }) => path));
  const missing = skipped.filter(({ path }) => path === undefined || !taken.has(path));
  const open = missing.filter(({ reason }) => reason === 'open');
  if (open.length > 0) {
    return { reason: 'file_open', message: `the last code block is not closed${named(open)}` };
  }
  const elided = missing.filter(({ reason }) => reason === 'elided');
  if (elided.length > 0) {
    return { reason: 'file_elided', message: `parts of the file are left out${named(elided)}` };
  }
  if (files.length > 0 || removed.length > 0 || (unchanged && options.mayLeaveAsIs)) return undefined;
  return { reason: 'no_file', message: 'the answer holds no file that can be taken' };
}

function named(blocks: readonly { readonly path?: string }[]): string {
  const paths = [...new Set(blocks.flatMap(({ path }) => (path === undefined ? [] : [path])))];
  if (paths.length === 0) return '';
  const more = paths.length > maxNamed ? ` and ${paths.length - maxNamed} more` : '';
  return `: ${paths.slice(0, maxNamed).join(', ')}${more}`;
}
