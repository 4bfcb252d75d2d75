import { defaultLimits } from '@stagewire/shared';
import type { InputFile } from '../../generated/contract.ts';
import { count } from '../shell/amounts.ts';

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
    const others = Array.from(files.values()).filter((it) => it.path !== path);
    const problem = problemWith(path, text, others);
    if (problem === undefined) files.set(path, { path, text });
    else problems.push(problem);
  }
  return { files: Array.from(files.values()), problems };
}

function problemWith(path: string, text: string, others: readonly InputFile[]): string | undefined {
  if (text.includes('\0')) return `${path} is not text; the roles could not read it.`;
  if (text.length > defaultLimits.maxFileChars)
    return `${path} has ${count(text.length)} characters; ${count(defaultLimits.maxFileChars)} are allowed.`;
  if (others.length >= defaultLimits.maxFiles)
    return `${path} is one too many; ${defaultLimits.maxFiles} files are allowed.`;
  const together = others.reduce((sum, it) => sum + it.text.length, text.length);
  return together > defaultLimits.maxFilesChars
    ? `With ${path} all files together would have ${count(together)} characters; ${count(defaultLimits.maxFilesChars)} are allowed.`
    : undefined;
}

function cleanPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^\/+/, '');
}
