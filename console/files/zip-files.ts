import { strToU8, zipSync } from 'fflate';
import { safePaths } from '@stagewire/client/text';
import type { RunFile } from '@stagewire/client';

/**
 * A ZIP with the files in a folder with the run's id. The same files give the same bytes, also those of
 * `stagewire files --zip`: entries are sorted, and their date is the earliest that a ZIP can have.
 */
export function zipFiles(runId: string, files: readonly RunFile[]): Uint8Array<ArrayBuffer> {
  const names = safePaths(files.map(({ path }) => path));
  const entries = files
    .map(({ path, text }, index) => [`${runId}/${names[index]?.name ?? path}`, strToU8(text)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  // A ZIP has local time, in the time zone of the machine that writes it.
  return zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) });
}

/** The name under which a single file is saved. */
export function savedName(name: string): string {
  return safePaths([name])[0]?.name ?? name;
}
