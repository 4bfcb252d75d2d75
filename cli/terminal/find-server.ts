import { connect, StagewireClientError, type ServerInfo } from '@stagewire/client';
import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import { findLivingServer } from '@stagewire/server/log/data-dir';
import type { CliContext } from './cli-context.ts';
import { CliProblem, commandName } from './cli-problem.ts';
import { shownUrl, whyUnreached } from './why-unreached.ts';

/** How long a server may take to say that it is there, in milliseconds. */
const answerWithinMs = 2000;

/**
 * Where the server is that the environment means: what STAGEWIRE_URL says, else what `server.json` in the data
 * directory says. `undefined` if there is none running.
 *
 * @throws CliProblem if there should be one, as STAGEWIRE_URL says, and it does not answer.
 */
export async function findServer(context: CliContext): Promise<string | undefined> {
  const { env } = context;
  const given = env['STAGEWIRE_URL']?.trim() ?? '';
  if (given !== '') {
    const why = await silenceOf(given);
    if (why === undefined) {
      noteForeignServer(given, context);
      return given;
    }
    throw new CliProblem(
      `No Stagewire server answers at ${shownUrl(given)}, which STAGEWIRE_URL names (${why}). Start it there, or take ` +
        'STAGEWIRE_URL away to use the one of this folder.',
    );
  }
  const server = await findLivingServer(dataDirOf(env));
  // One that does not answer has ended without tidying up; if it only hangs, its directory cannot be taken over.
  return server !== undefined && (await silenceOf(server.url)) === undefined ? server.url : undefined;
}

/** A folder that somebody gave away may send tasks and files to another machine: whoever types the command is told. */
function noteForeignServer(url: string, { envFile, screen }: CliContext): void {
  if (envFile?.names.has('STAGEWIRE_URL') !== true) return;
  const { hostname } = new URL(url);
  if (!isLoopback(hostname)) {
    screen.note(`The server is ${shownUrl(url)}, as STAGEWIRE_URL in ${envFile.path} says.`);
  }
}

/** Where the server is. @throws CliProblem if there is none. */
export async function needServer(context: CliContext): Promise<string> {
  const url = await findServer(context);
  if (url !== undefined) return url;
  throw new CliProblem(
    `No Stagewire server is running for the data directory ${dataDirOf(context.env)}. Start one with ` +
      `"${commandName} serve", or say with STAGEWIRE_URL where there is one.`,
  );
}

export function dataDirOf(env: CliContext['env']): string {
  const given = env['STAGEWIRE_DATA_DIR']?.trim() ?? '';
  return given === '' ? './data' : given;
}

/** Why no server answers there; `undefined` if one does. */
async function silenceOf(url: string): Promise<string | undefined> {
  try {
    await using client = connect({ url, callTimeoutMs: answerWithinMs, replyTimeoutMs: answerWithinMs });
    await client.info();
    return undefined;
  } catch (error) {
    if (!(error instanceof StagewireClientError)) throw error;
    return whyUnreached(error);
  }
}

/** What the server at this address is. @throws CliProblem if there is none, or the address is none */
export async function askInfo(url: string): Promise<ServerInfo> {
  try {
    await using client = connect({ url, callTimeoutMs: answerWithinMs });
    return await client.info();
  } catch (error) {
    if (!(error instanceof StagewireClientError)) throw error;
    throw new CliProblem(
      `No Stagewire server can be asked at ${shownUrl(url)} (${whyUnreached(error)}). Check --url, or start it there.`,
    );
  }
}
