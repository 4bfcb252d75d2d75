import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { replaceSection } from './replace-section.ts';

const documentPath = fileURLToPath(new URL('../../docs/PERFORMANCE.md', import.meta.url));

/** Puts Markdown into a section of docs/PERFORMANCE.md, formatted. @throws Error if the document has no such section */
export async function writeSection(name: string, markdown: string): Promise<void> {
  const text = replaceSection(await readFile(documentPath, 'utf8'), name, markdown);
  await writeFile(documentPath, await formatMarkdown(text));
}

export async function formatMarkdown(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(documentPath)), parser: 'markdown' });
}
