import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './config-error.ts';

/** The variables that a file has added to an environment. */
export interface EnvFile {
  readonly path: string;
  /** The variables that it has set, without those that the environment had. */
  readonly names: ReadonlySet<string>;
}

/**
 * Adds the variables of the file `.env` in `cwd` to `env`; existing ones are kept, even if empty.
 *
 * @returns what came from the file; `undefined` if there is none.
 * @throws ConfigError if the file cannot be read, or has a line that is not NAME=value.
 */
export function loadDotEnv(cwd: string, env: Record<string, string | undefined>): EnvFile | undefined {
  const path = join(cwd, '.env');
  const text = read(path);
  if (text === undefined) return undefined;
  const wrong = wrongLine(text);
  if (wrong !== undefined) {
    // The line itself may hold a key.
    throw new ConfigError([
      `Line ${wrong} of ${path} is not NAME=value, a comment or empty. Fix or remove it.`,
    ]);
  }
  const added = Object.entries(parseEnv(text)).filter(([name]) => env[name] === undefined);
  for (const [name, value] of added) env[name] = value;
  return { path, names: new Set(added.map(([name]) => name)) };
}

function read(path: string): string | undefined {
  try {
    // Some editors write a byte order mark, which Node would take for a part of the first name.
    return readFileSync(path, 'utf8').replace(/^\uFEFF/, '');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return undefined;
    throw new ConfigError([`${path} cannot be read (${code}). Make it a readable text file, or remove it.`]);
  }
}

/** Node skips lines that it cannot parse; a skipped line is a setting that is silently ignored. */
function wrongLine(text: string): number | undefined {
  if (text.includes('\0')) return 1;
  // A quoted value may span several lines: they become continuations of its first line.
  const flat = text.replace(/=[ \t]*(["'`])(?:(?!\1).)*\1/gs, (value) => value.replace(/\n(?=.)/gs, '\n='));
  const lines = flat.split('\n');
  const wrong = lines.findIndex(
    (line) => !/^\s*(?:(?:export\s+)?[A-Za-z_][\w.-]*\s*=.*|=.*|#.*)?$/.test(line.trimEnd()),
  );
  return wrong === -1 ? undefined : wrong + 1;
}
