import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { buildPackage } from '../../tools/packaging/build-package.ts';
import { packageFolder } from './react-folder.ts';
import { projectRoot } from './source-tree.ts';

const run = promisify(execFile);

/** The client as its users get it. */
export interface PackedClient extends AsyncDisposable {
  readonly tarball: string;
  /** A new folder with these files in it, in which the tarball is installed. */
  installed(options: InstalledOptions): Promise<string>;
}

export interface InstalledOptions {
  readonly files: Readonly<Record<string, string>>;
  /** Packages of this project's own versions that shall be there too. */
  readonly beside?: readonly string[];
}

/**
 * Builds the client, packs it, and has npm install it. What it depends on is packed from this project's own
 * `node_modules`, so that this needs no registry.
 */
export async function packClient(): Promise<PackedClient> {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-package-'));
  const source = join(folder, 'source');
  await buildPackage(source);
  const [tarball, dependencies] = await Promise.all([pack(source, folder), packDependencies(folder)]);
  const fresh = join(folder, 'fresh');
  await mkdir(fresh);
  await writeFile(join(fresh, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
  // A peer that a dependency names without need (TypeScript) would have to be fetched: it is left out.
  const options = ['--offline', '--no-audit', '--no-fund', '--ignore-scripts', '--legacy-peer-deps'];
  await run('npm', ['install', ...options, tarball, ...Object.values(dependencies)], { cwd: fresh });
  let count = 0;
  return {
    tarball,
    async installed({ files, beside = [] }) {
      count += 1;
      const home = join(folder, `user-${count}`);
      await cp(fresh, home, { recursive: true });
      await linkPackages(home, beside);
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(home, path)), { recursive: true });
        await writeFile(join(home, path), text);
      }
      return home;
    },
    async [Symbol.asyncDispose]() {
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Packs what the client depends on, out of this project's own `node_modules`: tarballs by name. */
export async function packDependencies(into: string): Promise<Readonly<Record<string, string>>> {
  const names = ['@trpc/client', '@trpc/server', 'diff'];
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await pack(fromProject(name), into)] as const)),
  );
}

/** Puts packages of this project's own versions into a folder, as links. */
export async function linkPackages(home: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const link = join(home, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(packageFolder(name), link);
  }
}

/** The settings of a strict app, for {@link typeErrorsIn}. */
export const strictConfig = JSON.stringify({
  compilerOptions: {
    target: 'es2024',
    lib: ['es2024', 'esnext.disposable', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    moduleDetection: 'force',
    allowImportingTsExtensions: true,
    jsx: 'react-jsx',
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noEmit: true,
    types: ['node'],
  },
});

/** What the compiler complains about in a folder with a tsconfig.json, or another such file, one line each; none if all is well. */
export async function typeErrorsIn(folder: string, settings = 'tsconfig.json'): Promise<string[]> {
  const compiler = fromProject('typescript/bin/tsc');
  try {
    await run(process.execPath, [compiler, '--project', join(folder, settings)], { cwd: folder });
    return [];
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && error.stdout !== '') {
      return String(error.stdout).trim().split('\n');
    }
    throw error;
  }
}

async function pack(folder: string, into: string): Promise<string> {
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--pack-destination', into, folder], {
    cwd: into,
  });
  return join(into, stdout.trim().split('\n').at(-1) ?? '');
}

function fromProject(path: string): string {
  return join(projectRoot, 'node_modules', path);
}
