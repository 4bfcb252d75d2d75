import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CliProblem } from '../terminal/cli-problem.ts';

/** The cursor of the last event that was delivered, on disk. */
export interface CursorFile {
  /** `undefined` if there is no file yet. @throws CliProblem if it cannot be read */
  read(): Promise<string | undefined>;
  /** Replaces the file atomically: after a crash it has the former cursor or this one. @throws CliProblem */
  write(cursor: string): Promise<void>;
}

export function createCursorFile(path: string): CursorFile {
  return {
    async read() {
      try {
        const cursor = (await readFile(path, 'utf8')).trim();
        if (cursor !== '') return cursor;
        throw new CliProblem(`The cursor file ${path} is empty. Remove it to start with the next event.`);
      } catch (error) {
        if (error instanceof CliProblem) throw error;
        if (codeOf(error) === 'ENOENT') return undefined;
        throw new CliProblem(`The cursor file ${path} cannot be read (${codeOf(error)}).`);
      }
    },
    async write(cursor) {
      const draft = `${path}.${process.pid}.new`;
      try {
        await mkdir(dirname(path), { recursive: true });
        const file = await open(draft, 'w');
        try {
          await file.writeFile(`${cursor}\n`);
          // A crash of the machine must not leave an empty file behind the new name.
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw new CliProblem(`The cursor file ${path} cannot be written (${codeOf(error)}).`, 'WRITE_FAILED');
      }
    },
  };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
