import { unseenIn, visibleName } from '@stagewire/client/text';
import type { RunFile } from '@stagewire/client';
import { fileName } from './run-files.ts';

/** Hands files of a run to the person as one zip, under a folder with the run's id. */
export async function saveZip(runId: string, files: readonly RunFile[]): Promise<void> {
  // Loaded only then: few people download a zip.
  const { strToU8, zipSync } = await import('fflate');
  const entries = files.map((file) => [`${runId}/${savedName(file.path)}`, strToU8(file.text)] as const);
  save(`${runId}.zip`, new Blob([zipSync(Object.fromEntries(entries))], { type: 'application/zip' }));
}

export function saveText(path: string, text: string): void {
  save(savedName(fileName(path)), new Blob([text], { type: 'text/plain;charset=utf-8' }));
}

/** Runs of before may have files whose names cannot be seen. On Windows no name has a `<`. */
export function savedName(path: string): string {
  return unseenIn(path).length === 0 ? path : visibleName(path).replaceAll(/[<>]/g, '_');
}

/** Long enough for a browser that asks where to. */
const keptForMs = 60_000;

function save(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), keptForMs);
}
