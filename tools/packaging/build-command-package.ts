import { cp, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { bundleCommand } from './bundle-command.ts';
import { commandManifest, type Lock, type RootManifest } from './command-manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Writes the package `stagewire` as it is published into a folder: the server, the command line and the console. */
export async function buildCommandPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const [packages] = await Promise.all([
    bundleCommand(root, folder),
    copyConsole(folder),
    copyFile(join(root, 'cli/README.md'), join(folder, 'README.md')),
    copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE')),
  ]);
  const manifest = commandManifest({
    root: await readJson<RootManifest>('package.json'),
    lock: await readJson<Lock>('package-lock.json'),
    packages,
  });
  await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function copyConsole(folder: string): Promise<void> {
  // As the command that it is, since a package is not imported by its path.
  const build = ['--conditions=@stagewire/source', join(root, 'console/build.ts')];
  await promisify(execFile)(process.execPath, build, { cwd: root });
  await cp(join(root, 'console/dist'), join(folder, 'console/dist'), {
    recursive: true,
    // It only says which sources the console was built from.
    filter: (path) => !path.endsWith('sources.txt'),
  });
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(join(root, path), 'utf8')) as T;
}
