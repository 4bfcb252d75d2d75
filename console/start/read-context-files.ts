import type { InputFile } from '@stagewire/client';

/** Reads dropped or selected files with their relative paths. */
export function readContextFiles(given: readonly File[]): Promise<InputFile[]> {
  return Promise.all(
    given.map(async (file) => ({
      path: cleanPath(file.webkitRelativePath === '' ? file.name : file.webkitRelativePath),
      text: await file.text(),
    })),
  );
}

function cleanPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\/+/, '');
}
