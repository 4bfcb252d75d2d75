import { access, constants, readdir, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Run, RunState } from '@stagewire/client';
import { cleanLine } from '../render/clean-text.ts';
import { fileNotes, savedLines } from '../render/render-file-list.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { codeIn } from './check-targets.ts';
import { filesReport } from './files-report.ts';
import { makeFolder } from './make-folder.ts';
import { readRunFiles } from './run-files.ts';
import { saveFiles } from './save-files.ts';

/** The options of `run` and `watch` that save the files when the run has ended. */
export interface OutOptions {
  /** Save the files in this folder. */
  readonly out?: string;
  readonly force?: boolean;
}

export interface OutFolderOptions {
  /** Without `force`: it is not known yet which files the run will write. */
  readonly mustBeEmpty: boolean;
  /** The last sentence of the error. @default 'Nothing was started.' */
  readonly consequence?: string;
}

/**
 * Checks before a run starts that its files can be saved, so that no model is paid for a run whose result has no place.
 * Creates the folder if it does not exist.
 *
 * @throws CliProblem if the folder cannot be used.
 */
export async function checkOutFolder(
  { cwd }: Pick<CliContext, 'cwd'>,
  { out, force = false }: OutOptions,
  { mustBeEmpty, consequence = 'Nothing was started.' }: OutFolderOptions,
): Promise<void> {
  if (out === undefined) return;
  const folder = resolve(cwd, out);
  const reject = (why: string): never => {
    throw new CliProblem(
      `The folder ${cleanLine(folder)} cannot be used for --out: ${why}. ${consequence}`,
      'FOLDER_UNUSABLE',
    );
  };
  try {
    await makeFolder(folder);
    if (!(await stat(folder)).isDirectory()) reject('it is not a folder');
    await access(folder, constants.W_OK | constants.X_OK);
    const isEmpty = (await readdir(folder)).length === 0;
    if (!isEmpty && mustBeEmpty && !force) {
      reject('it is not empty (--force saves the files nevertheless, and replaces those with the same name)');
    }
  } catch (error) {
    if (error instanceof CliProblem) throw error;
    const whys: Readonly<Record<string, string>> = {
      EEXIST: 'it is not a folder',
      ENOTDIR: 'a part of its path is not a folder',
      EACCES: 'it is not writable',
      EPERM: 'it is not writable',
      EROFS: 'it is on a read-only file system',
    };
    const message = error instanceof Error ? error.message : String(error);
    reject(whys[codeIn(error) ?? ''] ?? cleanLine(message));
  }
}

/**
 * Saves the files of a run that has ended, also the last ones of a run that failed or was cancelled.
 *
 * @throws CliProblem with the command that saves them elsewhere.
 */
export async function saveAfterRun(
  { screen, paint, cwd }: CliContext,
  { run, state }: { readonly run: Run; readonly state: RunState },
  { out, force = false, json = false }: OutOptions & { readonly json?: boolean | undefined },
): Promise<void> {
  if (out === undefined) return;
  const folder = resolve(cwd, out);
  try {
    const found = await readRunFiles(run, state);
    const saved = await saveFiles(found.files, { folder, force });
    const lines = found.files.length === 0 ? ['The run has no files.'] : savedLines(saved, folder, paint);
    // With --json, standard output has only events.
    if (json) for (const line of lines) screen.note(line);
    else await screen.write(`${lines.join('\n')}\n`);
    for (const note of fileNotes(filesReport(found))) screen.note(note);
  } catch (error) {
    if (!(error instanceof CliProblem)) throw error;
    throw new CliProblem(
      `${error.message}\nThe run keeps its files. To save them elsewhere: ` +
        `${commandName} files ${run.id} --out FOLDER`,
      error.code,
    );
  }
}
