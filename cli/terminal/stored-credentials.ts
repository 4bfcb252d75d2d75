import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { CliContext } from './cli-context.ts';
import { CliProblem } from './cli-problem.ts';
import { serverKeyOf } from './server-key.ts';

/** How the user signs in to one server. */
export interface StoredCredential {
  /** An access key, or a token of an OpenID provider. */
  readonly token: string;
  /** When the token expires, ISO 8601. Absent: not known, as for an access key. */
  readonly expiresAt?: string;
  /** How to get the next token. @default by signing in again */
  readonly refresh?: StoredRefresh;
}

/** A refresh token, and where it is redeemed. */
export interface StoredRefresh {
  readonly issuer: string;
  readonly clientId: string;
  readonly token: string;
  /** Which of the provider's tokens the server accepts. */
  readonly use: 'id_token' | 'access_token';
}

/** The content of `credentials.json`. */
interface StoredCredentials {
  /** By the URL of the server. */
  readonly servers: Readonly<Record<string, StoredCredential>>;
}

export function credentialsPath(env: CliContext['env']): string {
  const folder = env['XDG_CONFIG_HOME']?.trim() ?? '';
  return join(folder === '' ? join(homedir(), '.config') : folder, 'stagewire', 'credentials.json');
}

/** What `login` has stored for this server. @throws CliProblem if the file cannot be read */
export async function storedCredential(
  env: CliContext['env'],
  url: string,
): Promise<StoredCredential | undefined> {
  return (await readCredentials(env)).servers[serverKeyOf(url)];
}

/**
 * Stores the credential of a server, or removes it. Only this user can read the file.
 *
 * @returns the credential that was stored before.
 * @throws CliProblem if the file cannot be read or written.
 */
export async function storeCredential(
  env: CliContext['env'],
  url: string,
  credential: StoredCredential | undefined,
): Promise<StoredCredential | undefined> {
  const { servers } = await readCredentials(env);
  const { [serverKeyOf(url)]: former, ...others } = servers;
  const next = credential === undefined ? others : { ...others, [serverKeyOf(url)]: credential };
  await writeCredentials(credentialsPath(env), { servers: next });
  return former;
}

async function readCredentials(env: CliContext['env']): Promise<StoredCredentials> {
  const path = credentialsPath(env);
  try {
    const { servers } = JSON.parse(await readFile(path, 'utf8')) as Partial<StoredCredentials>;
    return { servers: typeof servers === 'object' && servers !== null ? servers : {} };
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return { servers: {} };
    // The parser's own message would repeat a part of the file.
    const why = error instanceof SyntaxError ? 'it is not JSON' : String((error as { code?: unknown }).code);
    throw new CliProblem(`The credentials in ${path} cannot be read (${why}). Fix or remove the file.`);
  }
}

async function writeCredentials(path: string, credentials: StoredCredentials): Promise<void> {
  const draft = `${path}.${process.pid}.new`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFile(draft, `${JSON.stringify(credentials, undefined, 2)}\n`, { mode: 0o600, flag: 'wx' });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new CliProblem(
      `The credentials cannot be stored in ${path} (${why}). Set XDG_CONFIG_HOME to a folder that you can write to, or ` +
        'use STAGEWIRE_TOKEN instead.',
    );
  }
}
