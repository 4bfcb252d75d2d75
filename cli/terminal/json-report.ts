import { open, rm, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { CliProblem } from './cli-problem.ts';

/** What `--json [file]` asks for. */
export interface JsonReport {
  /** Without a file: the report is all that is printed. */
  readonly isPrinted: boolean;
  /** Writes the report to the file; nothing without one. @throws CliProblem */
  write(report: object): Promise<void>;
}

/**
 * Opens the file of `--json [file]`, so that a path that cannot be written is reported before the work and not after it.
 *
 * @param given The option's value: `true` without a file, `undefined` without the option.
 * @throws CliProblem if the file cannot be written.
 */
export async function openJsonReport(given: string | boolean | undefined, cwd: string): Promise<JsonReport> {
  if (typeof given !== 'string') return { isPrinted: given === true, write: async () => undefined };
  const path = resolve(cwd, given);
  try {
    await tryToWrite(path);
  } catch (error) {
    throw new CliProblem(
      `The report cannot be written to ${path} (${reasonOf(error)}). Choose another file.`,
    );
  }
  return {
    isPrinted: false,
    async write(report) {
      try {
        await writeFile(path, jsonOf(report));
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

export function jsonOf(report: object): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
