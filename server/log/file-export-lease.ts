import { readFile, rename, writeFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ExportLease } from './export-lease.ts';

const Content = z.object({ incarnation: z.int().nonnegative(), globalPosition: z.int().nonnegative() });

/**
 * The position in a file next to the log. One server has the data directory, so it always has the lease.
 *
 * @param path Of the file. One that is missing, or cannot be parsed, counts as absent: the export then starts with the next event.
 */
export function createFileExportLease(path: string): ExportLease {
  return {
    async acquire() {
      const text = await textOf(path);
      if (text === undefined) return 'start';
      const parsed = Content.safeParse(jsonOf(text));
      return parsed.success ? parsed.data : 'start';
    },
    async save({ incarnation, globalPosition }) {
      // The position may be lost with the power: then spans are exported again, under the same ids.
      await writeFile(`${path}.new`, `${JSON.stringify({ incarnation, globalPosition })}\n`, { mode: 0o600 });
      await rename(`${path}.new`, path);
      return true;
    },
    release: () => Promise.resolve(),
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
