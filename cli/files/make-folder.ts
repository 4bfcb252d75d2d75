import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeIn } from './check-targets.ts';

/**
 * Creates a folder and those above it that are missing. `mkdir` with `recursive` never returns where a file system has
 * the parent but allows no folder in it, as `/proc`.
 *
 * @throws the error of the system, with its `code`; EEXIST if something else is there.
 */
export async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    const code = codeIn(error);
    if (code === 'ENOENT' && (await isMissing(dirname(folder)))) {
      await makeFolder(dirname(folder));
      await mkdir(folder).catch((again: unknown) => acceptFolder(folder, again));
    } else await acceptFolder(folder, error);
  }
}

/** Some systems report a folder that is there, such as the root of a read-only file system, with another code. */
async function acceptFolder(folder: string, error: unknown): Promise<void> {
  const stats = await stat(folder).catch(() => undefined);
  if (stats?.isDirectory() !== true) throw error;
}

async function isMissing(path: string): Promise<boolean> {
  try {
    await stat(path);
    return false;
  } catch (error) {
    return codeIn(error) === 'ENOENT';
  }
}
