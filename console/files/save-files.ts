import { unseenIn, visibleName } from '@stagewire/client/text';
import type { RunFile } from '@stagewire/client';
import { fileName } from './run-files.ts';

/** Downloads the files of a run as one ZIP, in a folder with the run's id. */
export async function saveZip(runId: string, files: readonly RunFile[]): Promise<void> {
  // Loaded on demand: few people download a ZIP.
  const { strToU8, zipSync } = await import('fflate');
  const entries = files.map((file) => [`${runId}/${savedName(file.path)}`, strToU8(file.text)] as const);
  save(`${runId}.zip`, new Blob([zipSync(Object.fromEntries(entries))], { type: 'application/zip' }));
}

export function saveText(path: string, text: string): void {
  save(savedName(fileName(path)), new Blob([text], { type: 'text/plain;charset=utf-8' }));
}

/** Runs of earlier versions may have paths with invisible characters. Windows does not allow `<` and `>`. */
export function savedName(path: string): string {
  return unseenIn(path).length === 0 ? path : visibleName(path).replaceAll(/[<>]/g, '_');
}

/** Long enough for a browser that asks where to save the file. */
const revokeAfterMs = 60_000;

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), revokeAfterMs);
}
