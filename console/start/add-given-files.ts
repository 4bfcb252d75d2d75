import { pathProblem, unseenIn, visibleName } from '@stagewire/client/text';
import type { InputFile } from '@stagewire/client';
import { grouped } from '@stagewire/client';
import { limitReader } from './limit-reader.ts';

/**
 * Adds what a person gave to what is there; a file of the same path takes its place. Says what was left out, and why.
 *
 * @param limits Those of the server, as `server.info` says them.
 */
export function addGivenFiles(
  there: readonly InputFile[],
  given: readonly InputFile[],
  limits: Readonly<Record<string, number>>,
): { readonly files: readonly InputFile[]; readonly problems: readonly string[] } {
  const files = new Map(there.map((it) => [it.path, it]));
  const problems: string[] = [];
  for (const file of given) {
    const others = Array.from(files.values()).filter((it) => it.path !== file.path);
    const problem = problemWith(file, others, limits);
    if (problem === undefined) files.set(file.path, file);
    else problems.push(problem);
  }
  return { files: Array.from(files.values()), problems };
}

/** A name for text that was pasted, which no file has yet. */
export function pastedPath(there: readonly InputFile[]): string {
  const taken = new Set(there.map((it) => it.path));
  let number = there.length + 1;
  while (taken.has(`pasted-${number}.txt`)) number += 1;
  return `pasted-${number}.txt`;
}

function problemWith(
  { path, text }: InputFile,
  others: readonly InputFile[],
  limits: Readonly<Record<string, number>>,
): string | undefined {
  const limit = limitReader(limits);
  if (unseenIn(path).length > 0) return `${visibleName(path)} ${pathProblem(path)}. Rename the file.`;
  if (text.includes('\0')) return `${path} is not text; the roles could not read it.`;
  if (text.length > limit('maxFileChars'))
    return `${path} has ${grouped(text.length)} characters; ${grouped(limit('maxFileChars'))} are allowed.`;
  if (others.length >= limit('maxFiles'))
    return `${path} is one too many; ${grouped(limit('maxFiles'))} files are allowed.`;
  const together = others.reduce((sum, it) => sum + it.text.length, text.length);
  return together > limit('maxFilesChars')
    ? `With ${path} all files together would have ${grouped(together)} characters; ${grouped(limit('maxFilesChars'))} are allowed.`
    : undefined;
}
