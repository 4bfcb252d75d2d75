import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compressFiles } from './compress.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const consoleFolder = join(root, 'console');
const builtFolder = join(consoleFolder, 'dist');
const notSources = new Set(['dist', 'node_modules']);
const sourceExtensions = new Set(['.ts', '.tsx', '.css', '.html', '.svg']);

/**
 * Builds the console into `console/dist`, unless what is there was built from these very sources.
 *
 * @returns whether there was something to build.
 */
export async function buildConsole(): Promise<'built' | 'current'> {
  const fingerprint = fingerprintOfSources();
  if (readFingerprint() === fingerprint) return 'current';
  // Only a build needs Vite: a start with a current console does not wait for it to load.
  const { build } = await import('vite');
  const workshop = join(root, 'node_modules/.cache');
  await mkdir(workshop, { recursive: true });
  const folder = await mkdtemp(join(workshop, 'console-'));
  try {
    await inProduction(() =>
      build({
        configFile: join(consoleFolder, 'vite.config.ts'),
        logLevel: 'error',
        build: { outDir: folder },
      }),
    );
    await compressFiles(folder);
    await writeFile(join(folder, 'sources.txt'), fingerprint);
    await putInPlace(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return 'built';
}

/** Vite takes its kind of build from NODE_ENV, which is `test` in tests: their console would be a slow one with paths in it. */
async function inProduction(build: () => Promise<unknown>): Promise<void> {
  const before = process.env['NODE_ENV'];
  process.env['NODE_ENV'] = 'production';
  try {
    await build();
  } finally {
    if (before === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = before;
  }
}

/** Two may build at once, a test and a person: each works in a folder of its own, and a whole one takes the place. */
async function putInPlace(folder: string): Promise<void> {
  const old = `${folder}-old`;
  try {
    await rename(builtFolder, old);
  } catch (error) {
    if (!hasCode(error, 'ENOENT')) throw error;
  }
  try {
    await rename(folder, builtFolder);
  } catch (error) {
    // Somebody else was faster, with the same sources.
    if (!hasCode(error, 'ENOTEMPTY') && !hasCode(error, 'EEXIST')) throw error;
  }
  await rm(old, { recursive: true, force: true });
}

function readFingerprint(): string | undefined {
  const path = join(builtFolder, 'sources.txt');
  return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
}

/** Of everything that the build reads: our sources, and by the lock file the packages. */
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
    if ((await buildConsole()) === 'built') process.stdout.write('The console is built.\n');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.stderr.write(`The console could not be built: ${reason}\n`);
    // Before a start the server is worth starting all the same: `/` says that there is no console.
    if (!process.argv.includes('--optional')) process.exitCode = 1;
  }
}
