import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const projectRoot = fileURLToPath(new URL('../..', import.meta.url));

const notOurs = new Set(['node_modules', '.git', 'dist', 'data', 'coverage']);
const codeExtensions = new Set(['.ts', '.tsx', '.js', '.mjs']);

/** Every file of the project but installed, built and ignored ones, as paths from the root with `/`. */
export function projectFiles(): string[] {
  return walk(projectRoot)
    .map((path) => relative(projectRoot, path).split(sep).join('/'))
    .filter((path) => path !== '.env' && path !== '.git' && !path.endsWith('.log'))
    .sort();
}

/** The code of the project, as {@link projectFiles} names it; generated files left out. */
export function codeFiles(): string[] {
  return projectFiles().filter(
    (path) => codeExtensions.has(extname(path)) && !path.startsWith('client/generated/'),
  );
}

/** The text of a file that {@link projectFiles} names. */
export function textOf(path: string): string {
  return readFileSync(join(projectRoot, path), 'utf8');
}

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return notOurs.has(entry.name) ? [] : walk(path);
    return entry.isFile() ? [path] : [];
  });
}
