import { pathProblem, unseenIn, visibleName } from '@stagewire/client/text';
import type { InputFile } from '@stagewire/client';
import { counted, grouped } from '@stagewire/client';
import { limitReader } from './limit-reader.ts';

/**
 * Adds context files; a file replaces an existing one of the same path.
 *
 * @param limits The server's limits, from `server.info`.
 * @returns all files, and an error text for each that was not added.
 */
export function addContextFiles(
  existing: readonly InputFile[],
  added: readonly InputFile[],
  limits: Readonly<Record<string, number>>,
): { readonly files: readonly InputFile[]; readonly problems: readonly string[] } {
  const files = new Map(existing.map((it) => [it.path, it]));
  const problems: string[] = [];
  for (const file of added) {
    const others = Array.from(files.values()).filter((it) => it.path !== file.path);
    const problem = problemWith(file, others, limits);
    if (problem === undefined) files.set(file.path, file);
    else problems.push(problem);
  }
  return { files: Array.from(files.values()), problems };
}

/** An unused name for pasted text. */
export function pastedPath(existing: readonly InputFile[]): string {
  const taken = new Set(existing.map((it) => it.path));
  let number = existing.length + 1;
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
  if (text.includes('\0')) return `${path} is not a text file.`;
  if (text.length > limit('maxFileChars'))
    return `${path} has ${grouped(text.length)} characters; the limit is ${grouped(limit('maxFileChars'))}.`;
  if (others.length >= limit('maxFiles'))
    return `${path} was not added; the limit is ${counted(limit('maxFiles'), 'file')}.`;
  const totalChars = others.reduce((sum, it) => sum + it.text.length, text.length);
  return totalChars > limit('maxFilesChars')
    ? `${path} was not added; with it all files would have ${grouped(totalChars)} characters, and the limit is ${grouped(limit('maxFilesChars'))}.`
    : undefined;
}
