import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './bundle.ts';
import { declare } from './declarations.ts';
import { publishedManifest, type Manifest } from './published-manifest.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const own = join(root, 'client');

/** Writes the package as it is published into a folder. */
export async function buildPackage(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const manifest = JSON.parse(await readFile(join(own, 'package.json'), 'utf8')) as Manifest;
  await Promise.all([
    bundle(root, folder),
    declare(root, folder),
    writeFile(join(folder, 'package.json'), `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`),
    copyFile(join(own, 'README.md'), join(folder, 'README.md')),
    copyFile(join(root, 'LICENSE'), join(folder, 'LICENSE')),
  ]);
}
