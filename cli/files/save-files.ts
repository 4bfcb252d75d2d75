import { realpath } from 'node:fs/promises';
import type { RunFile } from '@stagewire/client';
import { safePaths } from '@stagewire/shared/text/safe-paths';
import { counted } from '@stagewire/shared/units/count';
import { systemRandom } from '@stagewire/server/runtime/random';
import { cleanFileName, cleanLine } from '../render/clean-text.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { checkTargets, codeIn, isInside, type Conflict } from './check-targets.ts';
import { makeFolder } from './make-folder.ts';
import { writeFileAtomically } from './write-file.ts';

export interface SaveFilesOptions {
  /** The absolute path of the folder. It is created if it does not exist. */
  readonly folder: string;
  /** Replace files that are there and differ. */
  readonly force: boolean;
}

/** A file that was saved. */
export interface SavedFile {
  /** Its path in the run. */
  readonly path: string;
  /** Its path below the folder. It differs from `path` if that was not safe to create. */
  readonly savedAs: string;
  readonly result: 'written' | 'replaced' | 'unchanged';
}

/**
 * Saves files below a folder. If one of them cannot be saved, or would replace a different file without `force`, nothing
 * is written.
 *
 * @throws CliProblem that names all conflicts.
 */
export async function saveFiles(
  files: readonly RunFile[],
  { folder, force }: SaveFilesOptions,
): Promise<readonly SavedFile[]> {
  const names = new Map(safePaths(files.map(({ path }) => path)).map(({ path, name }) => [path, name]));
  const named = files.map(({ path, text }) => ({ path, name: names.get(path) ?? path, text }));
  const {
    root,
    files: checked,
    conflicts,
  } = await checkTargets(folder, named).catch((error: unknown) => writeFailed(folder, error));
  const problems = conflicts.filter(({ isReplaceable }) => !(force && isReplaceable));
  if (problems.length > 0) throw conflictProblem(folder, problems);
  const saved: SavedFile[] = [];
  const realRoot = await createdFolder(root, checked).catch((error: unknown) => writeFailed(root, error));
  const isAllowed = (place: string) => place === realRoot || isInside(realRoot, place);
  for (const { path, name, text, target, present } of checked) {
    if (present !== 'same') {
      const options = { replaces: force, isAllowed, newId: systemRandom.uuid };
      await writeFileAtomically(target, text, options).catch((error: unknown) =>
        writeFailed(target, error, saved.filter(({ result }) => result !== 'unchanged').length),
      );
    }
    const result = { new: 'written', same: 'unchanged', different: 'replaced' } as const;
    saved.push({ path, savedAs: name, result: result[present] });
  }
  return saved;
}

/** The real path of the folder, which is created if there are files for it. */
async function createdFolder(root: string, files: readonly unknown[]): Promise<string> {
  if (files.length === 0) return root;
  await makeFolder(root);
  return await realpath(root);
}

function conflictProblem(folder: string, problems: readonly Conflict[]): CliProblem {
  const rows = problems.map(({ name, why }) => `\n  ${cleanFileName(name)}: ${why}`);
  const advice = problems.every(({ isReplaceable }) => isReplaceable)
    ? 'Use --force to replace these files, or another folder.'
    : 'Use another folder.';
  return new CliProblem(
    `Nothing was written to ${cleanLine(folder)}:${rows.join('')}\n${advice}`,
    'FILES_CONFLICT',
  );
}

/** @throws CliProblem with the reason. @param done How many files were saved before. */
export function writeFailed(place: string, error: unknown, done = 0): never {
  const why = error instanceof Error ? error.message : String(error);
  const reason =
    codeIn(error) === 'EEXIST' ? 'a file with this name has appeared in the meantime' : cleanLine(why);
  const written =
    done === 0
      ? 'Nothing was written.'
      : `${counted(done, 'file')} ${done === 1 ? 'was' : 'were'} saved before it.`;
  throw new CliProblem(
    `The file ${cleanLine(place)} could not be saved (${reason}). ${written}`,
    'WRITE_FAILED',
  );
}
