import { connect, StagewireClientError, type ServerInfo } from '@stagewire/client';
import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import { findLivingServer } from '@stagewire/server/log/data-dir';
import type { CliContext } from './cli-context.ts';
import { CliProblem, commandName } from './cli-problem.ts';
import { shownUrl, whyUnreached } from './why-unreached.ts';

/** How long a server may take to respond, in milliseconds. */
const responseTimeoutMs = 2000;

/**
 * Finds the server for this environment: STAGEWIRE_URL, otherwise `server.json` in the data directory. `undefined` if
 * none is running.
 *
 * @throws CliProblem if STAGEWIRE_URL is set and that server does not respond.
 */
export async function findServer(context: CliContext): Promise<string | undefined> {
  const { env } = context;
  const given = env['STAGEWIRE_URL']?.trim() ?? '';
  if (given !== '') {
    const why = await whyUnreachable(given);
    if (why === undefined) {
      noteForeignServer(given, context);
      return given;
    }
    throw new CliProblem(
      `No Stagewire server responds at ${shownUrl(given)}, the value of STAGEWIRE_URL (${why}). Check the URL ` +
        'and that the server is running, or unset STAGEWIRE_URL to use the local server.',
      'NO_SERVER',
    );
  }
  if (hasDatabase(env)) {
    throw new CliProblem(
      'STAGEWIRE_DATABASE_URL is set: any number of servers may share that database. Set STAGEWIRE_URL to one of them.',
      'NO_SERVER',
    );
  }
  const server = await findLivingServer(dataDirOf(env));
  // A server that does not respond has crashed, or it hangs; while it hangs, its data directory stays locked.
  return server !== undefined && (await whyUnreachable(server.url)) === undefined ? server.url : undefined;
}

/** Is the log in a database? Then no data directory has the address of a server. */
export function hasDatabase(env: CliContext['env']): boolean {
  return ['STAGEWIRE_DATABASE_URL', 'STAGEWIRE_DATABASE_URL_FILE'].some(
    (name) => (env[name]?.trim() ?? '') !== '',
  );
}

/**
 * A `.env` in a folder from elsewhere could send tasks and files to another machine: the command reports the server.
 */
function noteForeignServer(url: string, { envFile, screen }: CliContext): void {
  if (envFile?.names.has('STAGEWIRE_URL') !== true) return;
  const { hostname } = new URL(url);
  if (!isLoopback(hostname)) {
    screen.note(`Using the server ${shownUrl(url)}, as set by STAGEWIRE_URL in ${envFile.path}.`);
  }
}

/** The URL of the server. @throws CliProblem if none is running. */
export async function needServer(context: CliContext): Promise<string> {
  const url = await findServer(context);
  if (url !== undefined) return url;
  throw new CliProblem(
    `No Stagewire server is running on the data directory ${dataDirOf(context.env)}. Start one with ` +
      `"${commandName} serve", or set STAGEWIRE_URL.`,
    'NO_SERVER',
  );
}

export function dataDirOf(env: CliContext['env']): string {
  const given = env['STAGEWIRE_DATA_DIR']?.trim() ?? '';
  return given === '' ? './data' : given;
}

/** Why the server does not respond; `undefined` if it does. */
async function whyUnreachable(url: string): Promise<string | undefined> {
  try {
    await using client = connect({
      url,
      callTimeoutMs: responseTimeoutMs,
      replyTimeoutMs: responseTimeoutMs,
    });
    await client.info();
    return undefined;
  } catch (error) {
    if (!(error instanceof StagewireClientError)) throw error;
    return whyUnreached(error);
  }
}

/** The server's information. @throws CliProblem if no server responds, or the address is invalid */
export async function fetchInfo(url: string, token?: string): Promise<ServerInfo> {
  try {
    await using client = connect({ url, token, callTimeoutMs: responseTimeoutMs });
    return await client.info();
  } catch (error) {
    if (!(error instanceof StagewireClientError)) throw error;
    throw new CliProblem(
      `No Stagewire server responds at ${shownUrl(url)} (${whyUnreached(error)}). Check --url and that the server is running.`,
      'NO_SERVER',
    );
  }
}
