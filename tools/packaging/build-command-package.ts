import { cp, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { bundleCommand, commandFile } from './bundle-command.ts';
import { commandManifest, type RootManifest } from './command-manifest.ts';
import { readBundledPackage } from './read-bundled-package.ts';
import { thirdPartyLicenses } from './third-party-licenses.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const consoleFolder = join(root, 'console/dist');

/** What the console's build writes about its packages: the folder of one a line. */
const packagesFile = 'packages.txt';

/** Files of the console's build that are not served; compressed copies of them start with the same name. */
const notServed = ['sources.txt', packagesFile];

/** Writes the package `stagewire` as it is published into a folder: the server, the command line and the console. */
export async function buildCommandPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const manifest = commandManifest(await readJson<RootManifest>(join(root, 'package.json')), commandFile);
  const [inCode, inConsole] = await Promise.all([
    bundleCommand(root, folder),
    copyConsole(folder),
    copyFile(join(root, 'cli/README.md'), join(folder, 'README.md')),
    copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE')),
    writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`),
  ]);
  const packages = [...new Set([...inCode, ...inConsole])].map((it) => readBundledPackage(join(root, it)));
  await writeFile(join(folder, 'THIRD-PARTY-LICENSES.md'), thirdPartyLicenses(await Promise.all(packages)));
}

/** @returns the folders of the packages in it, relative to the root. */
async function copyConsole(folder: string): Promise<string[]> {
  // As the command that it is, since a package is not imported by its path.
  const build = ['--conditions=@stagewire/source', join(root, 'console/build.ts')];
  await promisify(execFile)(process.execPath, build, { cwd: root });
  await cp(consoleFolder, join(folder, 'console/dist'), {
    recursive: true,
    filter: (path) => !notServed.some((name) => path.startsWith(join(consoleFolder, name))),
  });
  return (await readFile(join(consoleFolder, packagesFile), 'utf8')).trim().split('\n');
}

async function readJson<T>(path: string): Promise<T> {
  return JSON.parse(await readFile(path, 'utf8')) as T;
}
