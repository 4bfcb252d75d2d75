import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildCommandPackage } from './build-command-package.ts';
import { buildPackage } from './build-package.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The tarballs of both packages, by their paths. */
export interface Tarballs {
  readonly command: string;
  readonly client: string;
}

/** Builds both packages and packs them into a folder. A tarball of the same version that is there is replaced. */
export async function packAll(into: string): Promise<Tarballs> {
  const work = await mkdtemp(join(tmpdir(), 'stagewire-pack-'));
  try {
    await mkdir(into, { recursive: true });
    const [command, client] = [join(work, 'command'), join(work, 'client')];
    await buildCommandPackage(command);
    await buildPackage(client);
    return { command: await packFolder(command, into), client: await packFolder(client, into) };
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function packFolder(folder: string, into: string): Promise<string> {
  const options = ['--ignore-scripts', '--json', '--pack-destination', into];
  const { stdout } = await promisify(execFile)('npm', ['pack', ...options, folder], { cwd: into });
  const [packed] = JSON.parse(stdout) as { readonly filename: string }[];
  if (packed === undefined) throw new Error(`npm packed nothing of ${folder}.`);
  return join(into, packed.filename);
}

if (import.meta.main) {
  const { command, client } = await packAll(join(root, 'dist'));
  for (const tarball of [command, client]) process.stdout.write(`${relative(root, tarball)}\n`);
}
