import { existsSync, readFileSync } from 'node:fs';
import { basename, delimiter, dirname, isAbsolute, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandNameOptions {
  /** This module: a `.ts` file is the repository's. */
  readonly moduleUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that Node was started with: `process.argv[1]`. */
  readonly program: string | undefined;
  readonly cwd: string;
}

/** How the commands of this program are typed, for messages that say what to do next. */
export function commandNameOf({ moduleUrl, env, program, cwd }: CommandNameOptions): string {
  const script = env['npm_lifecycle_event'];
  if (script === 'stagewire' && moduleUrl.endsWith('.ts')) return 'npm run -s stagewire --';
  // npx adds the folder of the command to the path, which is not on the path of the user's shell.
  if (script === 'npx') return byNpx(packageOfNpx(moduleUrl));
  if (isOnPath(env['PATH'] ?? env['Path'] ?? '')) return 'stagewire';
  if (isInstalledFor(cwd) || program === undefined || basename(program) !== 'stagewire') return byNpx();
  const fromHere = relative(cwd, program);
  return fromHere.startsWith('..') || isAbsolute(fromHere) ? program : `./${fromHere}`;
}

function byNpx(given?: string): string {
  if (given === undefined) return 'npx stagewire';
  // npx would take an absolute path for the program itself.
  return isAbsolute(given) ? `npx --package ${given} stagewire` : `npx ${given}`;
}

/** Whether a shell finds the command. Scripts of npm add the folders of a project, which no shell has. */
function isOnPath(path: string): boolean {
  const folders = path.split(delimiter).filter((it) => it !== '' && !isOfProject(it));
  return folders.some((folder) => hasCommand(folder));
}

function isOfProject(folder: string): boolean {
  return /node_modules[\\/]\.bin[\\/]?$/.test(folder);
}

/** Whether `npx stagewire` finds the command in this folder: in its packages, or in those of a folder above. */
function isInstalledFor(folder: string): boolean {
  if (hasCommand(join(folder, 'node_modules/.bin'))) return true;
  const parent = dirname(folder);
  return parent !== folder && isInstalledFor(parent);
}

function hasCommand(folder: string): boolean {
  return existsSync(join(folder, 'stagewire')) || existsSync(join(folder, 'stagewire.cmd'));
}

/**
 * What npx was called with, if it has installed the package into its own cache, as it does with the path of a tarball:
 * a later `npx stagewire` would look for a published package.
 */
function packageOfNpx(moduleUrl: string): string | undefined {
  const [root] = moduleUrl.split('/node_modules/stagewire/');
  if (root === undefined || root === moduleUrl) return undefined;
  try {
    const text = readFileSync(fileURLToPath(`${root}/package.json`), 'utf8');
    const { _npx: npx } = JSON.parse(text) as { readonly _npx?: { readonly packages?: readonly unknown[] } };
    const [given] = npx?.packages ?? [];
    return typeof given === 'string' ? given : undefined;
  } catch {
    // Not the cache of npx, or one of another kind: the name of the package is the best answer.
    return undefined;
  }
}
