import { defaultLimits } from '@stagewire/shared';
import type { InputFile } from '../../generated/contract.ts';

/** Adds what a person gave to what is there; a file of the same path takes its place. Says what was left out, and why. */
export async function readGivenFiles(
  given: readonly File[],
  there: readonly InputFile[],
): Promise<{ files: readonly InputFile[]; problems: readonly string[] }> {
  const files = new Map(there.map((it) => [it.path, it]));
  const problems: string[] = [];
  for (const file of given) {
    const path = cleanPath(file.webkitRelativePath === '' ? file.name : file.webkitRelativePath);
    const text = await file.text();
    const problem = problemWith(path, text, files.size);
    if (problem === undefined) files.set(path, { path, text });
    else problems.push(problem);
  }
  return { files: Array.from(files.values()), problems };
}

function problemWith(path: string, text: string, count: number): string | undefined {
  if (text.includes('\0')) return `${path} is not text; the roles could not read it.`;
  if (text.length > defaultLimits.maxFileChars)
    return `${path} has ${text.length} characters; ${defaultLimits.maxFileChars} are allowed.`;
  return count >= defaultLimits.maxFiles
    ? `${path} is one too many; ${defaultLimits.maxFiles} files are allowed.`
    : undefined;
}

function cleanPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\/+/, '');
}
