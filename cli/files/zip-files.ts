import { lstat, readFile } from 'node:fs/promises';
import type { RunFile } from '@stagewire/client';
import { safePaths } from '@stagewire/shared/text/safe-paths';
import { systemRandom } from '@stagewire/server/runtime/random';
import { cleanLine } from '../render/clean-text.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { codeIn } from './check-targets.ts';
import { writeFileAtomically } from './write-file.ts';

/**
 * A ZIP with the files in a folder with the run's id. The same files give the same bytes: entries are sorted, and their
 * date is the earliest that a ZIP can have.
 */
export async function zipOf(runId: string, files: readonly RunFile[]): Promise<Uint8Array> {
  // Loaded on demand: few commands write a ZIP.
  const { strToU8, zipSync } = await import('fflate');
  const [folder] = safePaths([runId.replaceAll(/[/\\]/g, '_')]);
  const names = new Map(safePaths(files.map(({ path }) => path)).map(({ path, name }) => [path, name]));
  const entries = files
    .map(({ path, text }) => [`${folder?.name ?? '_'}/${names.get(path) ?? path}`, strToU8(text)] as const)
    .toSorted(([one], [other]) => (one < other ? -1 : 1));
  // A ZIP has local time, in the time zone of the machine that writes it.
  return zipSync(Object.fromEntries(entries), { mtime: new Date(1980, 0, 1) });
}

/** Looks whether a ZIP may be written. @throws CliProblem if another file is there and `force` is not set. */
export async function checkZip(
  target: string,
  zip: Uint8Array,
  force: boolean,
): Promise<'new' | 'same' | 'different'> {
  const present = await presentFile(target).catch((error: unknown) => notWritten(target, error));
  if (present === undefined) return 'new';
  if (Buffer.from(present).equals(zip)) return 'same';
  if (force) return 'different';
  throw new CliProblem(`The file ${cleanLine(target)} exists. Use --force to replace it.`, 'FILES_CONFLICT');
}

/** @throws CliProblem if it cannot be written. */
export async function saveZip(target: string, zip: Uint8Array, force: boolean): Promise<void> {
  if ((await checkZip(target, zip, force)) === 'same') return;
  const options = { replaces: force, newId: systemRandom.uuid };
  await writeFileAtomically(target, zip, options).catch((error: unknown) => notWritten(target, error));
}

function notWritten(target: string, error: unknown): never {
  if (error instanceof CliProblem) throw error;
  const why = error instanceof Error ? error.message : String(error);
  throw new CliProblem(
    `The file ${cleanLine(target)} could not be written (${cleanLine(why)}).`,
    'WRITE_FAILED',
  );
}

/** A link is replaced, whatever it leads to: nothing equals its empty content. */
async function presentFile(target: string): Promise<Uint8Array | undefined> {
  try {
    const stats = await lstat(target);
    if (stats.isSymbolicLink()) return new Uint8Array();
    if (stats.isFile()) return await readFile(target);
  } catch (error) {
    if (codeIn(error) === 'ENOENT') return undefined;
    throw error;
  }
  const why = 'is not a file, so it cannot be replaced. Choose another name';
  throw new CliProblem(`${cleanLine(target)} ${why}.`, 'FILES_CONFLICT');
}
