import type { InputFile } from '@stagewire/client';

/** Reads what a person gave: each file under its path as they have it. */
export function readGivenFiles(given: readonly File[]): Promise<InputFile[]> {
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
