import { joinParts } from '@stagewire/shared/text/file-text';
import { readFiles, type ReadFilesOptions, type TextFiles } from '@stagewire/shared/text/read-files';

/** Path to content. */
export function contentsIn(text: string, options?: ReadFilesOptions): Record<string, string> {
  return Object.fromEntries(
    readFiles(text, options).files.map(({ path, parts }) => [path, joinParts(text, parts)]),
  );
}

/** Reason and path of each block that was passed over. */
export function skippedIn(text: string, options?: ReadFilesOptions): string[] {
  return readFiles(text, options).skipped.map(({ reason, path }) =>
    path === undefined ? reason : `${reason} ${path}`,
  );
}

export function lines(...all: readonly string[]): string {
  return all.map((line) => `${line}\n`).join('');
}

export function readFilesOf(text: string, options?: ReadFilesOptions): TextFiles['files'] {
  return readFiles(text, options).files;
}
