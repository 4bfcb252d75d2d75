import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface CommandNameOptions {
  /** This module: a `.ts` file is the repository's. */
  readonly moduleUrl: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** How the commands of this program are typed, for sentences that say what to do next. */
export function commandNameOf({ moduleUrl, env }: CommandNameOptions): string {
  if (moduleUrl.endsWith('.ts')) return 'npm run -s stagewire --';
  // npx sets it: the command is on the path of what npx starts, and not on that of the person's shell.
  if (env['npm_lifecycle_event'] !== 'npx') return 'stagewire';
  const given = packageOfNpx(moduleUrl);
  if (given === undefined) return 'npx stagewire';
  // npx would take an absolute path for the program itself.
  return isAbsolute(given) ? `npx --package ${given} stagewire` : `npx ${given}`;
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
