import type { StageState } from '../state.ts';
import type { TextFiles } from './read-files.ts';

/** Words separated by dots, so that such a path is safe outside a fence in a prompt. */
const pattern = /^readme(?:\.[\w-]{1,20}){0,3}$/i;

/** Whether this is the path of the README of the whole project. */
export function isReadme(path: string): boolean {
  return pattern.test(path);
}

/** The README of the whole project among `paths`; `undefined` if there is none. */
export function findReadme(paths: readonly string[]): string | undefined {
  return paths.find(isReadme);
}

/** Whether the texts of a stage have files. */
export function writesFiles({ format, role }: Pick<StageState, 'format' | 'role'>): boolean {
  return format === 'code' || role === 'documenter';
}

/**
 * Whether the whole text of a stage is a README: a documenter’s, if the run has no README and the text names none.
 *
 * @param files of the run before this stage’s text.
 */
export function isWholeReadme(
  { role }: Pick<StageState, 'role'>,
  files: readonly { readonly path: string }[],
  { files: written, removed, skipped }: Pick<TextFiles, 'files' | 'removed' | 'skipped'>,
): boolean {
  if (role !== 'documenter') return false;
  return ![...files, ...written, ...removed, ...skipped].some(
    ({ path }) => path !== undefined && isReadme(path),
  );
}
