import { appendFile, open, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliProblem } from './cli-problem.ts';

/** A file for a report, which was tried before the work. */
export interface ReportFile {
  /** @throws CliProblem */
  write(text: string): Promise<void>;
}

/**
 * Opens the file of a report, so that a path that cannot be written is reported before the work and not after it.
 *
 * @param mode `append`: what is in the file stays. @default 'replace'
 * @throws CliProblem if the file cannot be written.
 */
export async function openReportFile(
  given: string,
  cwd: string,
  mode: 'replace' | 'append' = 'replace',
): Promise<ReportFile> {
  const path = resolve(cwd, given);
  try {
    await tryToWrite(path);
  } catch (error) {
    throw new CliProblem(
      `The report cannot be written to ${path} (${reasonOf(error)}). Choose another file.`,
    );
  }
  return {
    async write(text) {
      try {
        await (mode === 'append' ? appendFile(path, text) : writeFile(path, text));
      } catch (error) {
        throw new CliProblem(
          `The report could not be written to ${path} (${reasonOf(error)}). It is printed above. Choose another file.`,
        );
      }
    },
  };
}

/** Leaves everything as it was: the report of an earlier run stays if this one fails. */
async function tryToWrite(path: string): Promise<void> {
  try {
    await (await open(path, 'r+')).close();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    await (await open(path, 'wx')).close();
    await rm(path);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
