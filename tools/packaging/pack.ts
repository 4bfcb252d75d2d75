import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { promisify } from 'node:util';
import { buildCommandPackage } from './build-command-package.ts';
import { buildPackage } from './build-package.ts';

/** The packages that can be packed, and what builds each into a folder. */
const builders = { command: buildCommandPackage, client: buildPackage } as const;

export type PackageKey = keyof typeof builders;

/** The tarballs of both packages, by their paths. */
export type Tarballs = Readonly<Record<PackageKey, string>>;

/** Builds both packages and packs them into a folder. A tarball of the same version that is there is replaced. */
export async function packAll(into: string): Promise<Tarballs> {
  return { command: await pack('command', into), client: await pack('client', into) };
}

async function pack(key: PackageKey, into: string): Promise<string> {
  const work = await mkdtemp(join(tmpdir(), 'stagewire-pack-'));
  try {
    await mkdir(into, { recursive: true });
    await builders[key](work);
    return await packFolder(work, into);
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

function isKey(text: string): text is PackageKey {
  return Object.hasOwn(builders, text);
}

if (import.meta.main) {
  const given = process.argv.slice(2);
  const unknown = given.find((it) => !isKey(it));
  if (unknown === undefined) {
    const keys = given.filter(isKey);
    for (const key of keys.length === 0 ? (Object.keys(builders) as PackageKey[]) : keys) {
      process.stdout.write(`${relative('.', await pack(key, resolve('dist')))}\n`);
    }
  } else {
    process.stderr.write(
      `There is no package "${unknown}". There are: ${Object.keys(builders).join(', ')}.\n`,
    );
    process.exitCode = 1;
  }
}
