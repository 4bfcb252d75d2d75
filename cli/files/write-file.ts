import { link, open, realpath, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeIn } from './check-targets.ts';
import { makeFolder } from './make-folder.ts';

export interface WriteFileOptions {
  /** Replace what is there. Without it, a file that has appeared since the check is kept, and EEXIST is thrown. */
  readonly replaces: boolean;
  /** Whether the real path of the folder of the file is still allowed: a link may have come in since the check. */
  readonly isAllowed?: (folder: string) => boolean;
  /** For the temporary name. */
  readonly newId: () => string;
}

/**
 * Writes a whole file or nothing: into a temporary file in the same folder, which then gets the name. Creates missing
 * folders.
 */
export async function writeFileAtomically(
  target: string,
  content: string | Uint8Array | AsyncIterable<string>,
  { replaces, isAllowed = () => true, newId }: WriteFileOptions,
): Promise<void> {
  const folder = dirname(target);
  await makeFolder(folder);
  if (!isAllowed(await realpath(folder))) throw new Error('a link that leads out of the folder has appeared');
  const temporary = join(folder, `.stagewire-${newId()}.tmp`);
  try {
    const file = await open(temporary, 'wx');
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    if (replaces) await rename(temporary, target);
    else await giveName(temporary, target);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** A rename would replace what is there, a link does not; some file systems have no links. */
async function giveName(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    if (codeIn(error) === 'EEXIST') throw error;
    await rename(temporary, target);
  }
}
