import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Rolldown } from 'vite';
import { compressFiles } from './compress.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const consoleFolder = join(root, 'console');
const builtFolder = join(consoleFolder, 'dist');
const notSources = new Set(['dist', 'node_modules']);
const sourceExtensions = new Set(['.ts', '.tsx', '.css', '.html', '.svg']);

/**
 * Builds the console into `console/dist`, unless the existing build is of the same sources.
 *
 * @returns `built`, or `current` if there was nothing to do.
 */
export async function buildConsole(): Promise<'built' | 'current'> {
  const fingerprint = fingerprintOfSources();
  if (readFingerprint() === fingerprint) return 'current';
  // Loaded on demand: a start with a current build does not wait for Vite.
  const { build } = await import('vite');
  const cacheFolder = join(root, 'node_modules/.cache');
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, 'console-'));
  try {
    const output = (await inProduction(() =>
      build({
        configFile: join(consoleFolder, 'vite.config.ts'),
        logLevel: 'error',
        build: { outDir: folder },
      }),
    )) as Rolldown.RolldownOutput;
    await compressFiles(folder, { best: ownFiles(output) });
    await writeFile(join(folder, 'sources.txt'), fingerprint);
    await replaceBuiltFolder(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 'built';
}

/** The files with code or styles of the console itself, which the first paint waits for; the others are grammars. */
function ownFiles({ output }: Rolldown.RolldownOutput): ReadonlySet<string> {
  const own = output.filter((it) =>
    it.type === 'chunk'
      ? Object.keys(it.modules).some((id) => id.startsWith(consoleFolder))
      : it.fileName.endsWith('.css'),
  );
  return new Set(own.map(({ fileName }) => fileName));
}

/** Vite reads NODE_ENV, which is `test` in tests: that would be a slow development build with local paths in it. */
async function inProduction<T>(build: () => Promise<T>): Promise<T> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    return await build();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** Replaces the built folder by a rename. Two builds may run at once, each in its own temporary folder. */
async function replaceBuiltFolder(folder: string): Promise<void> {
  // A temporary folder is readable by its owner only, and the server may be another user than the one who builds.
  await chmod(folder, 0o755);
  const old = `${folder}-old`;
  try {
    await rename(builtFolder, old);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  try {
    await rename(folder, builtFolder);
  } catch (error) {
    // Another build of the same sources finished first.
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function readFingerprint(): string | undefined {
  const path = join(builtFolder, 'sources.txt');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** A hash of everything that the build reads: our sources, and the packages by the lock file. */
function fingerprintOfSources(): string {
  const hash = createHash('sha256');
  const paths = [
    'package-lock.json',
    ...sourcesIn('console'),
    ...sourcesIn('client'),
    ...sourcesIn('shared'),
  ].sort();
  for (const path of paths) {
    hash
      .update(`${path}\0`)
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function sourcesIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return notSources.has(entry.name) ? [] : sourcesIn(path);
    return sourceExtensions.has(extname(entry.name)) ? [path] : [];
  });
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

if (import.meta.main) {
  try {
    if ((await buildConsole()) === 'built') process.stdout.write('Console built.\n');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`Console build failed: ${reason}\n`);
    // With --optional not fatal: the server starts, and `/` reports that there is no console.
    if (!process.argv.includes('--optional')) process.exitCode = 1;
  }
}
