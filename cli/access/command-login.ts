import { connect, type ServerInfo } from '@stagewire/client';
import { cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { needServer } from '../terminal/find-server.ts';
import { credentialsPath, storeToken } from '../terminal/stored-credentials.ts';
import { refusePlaintext } from '../terminal/token-for.ts';
import { shownUrl } from '../terminal/why-unreached.ts';

export interface LoginOptions {
  /** @default as for the other commands */
  readonly url?: string;
  readonly json?: boolean;
}

/** `login`: stores an access key for a server, after the server has accepted it. */
export async function commandLogin(context: CliContext, options: LoginOptions): Promise<number> {
  const { env, screen } = context;
  const url = options.url ?? (await needServer(context));
  const { auth } = await infoWith(url, undefined);
  if (auth.length === 0) {
    screen.note(`The server ${shownUrl(url)} needs no authentication. Nothing was stored.`);
    if (options.json === true) await screen.write(`${jsonLine({ url, stored: false })}\n`);
    return exitCodes.done;
  }
  refusePlaintext(env, url);
  const token = await context.readSecret(`Access key for ${shownUrl(url)} (not shown): `);
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CliProblem(
      'This is not a key: it has a space or another character that keys do not have. Copy it again.',
    );
  }
  const { you } = await infoWith(url, token);
  if (you === null) {
    throw new CliProblem(
      `The server ${shownUrl(url)} does not accept this key: it is mistyped, expired or revoked, or of another server. ` +
        `Nothing was stored. "${commandName} keys create --name <you>" on the machine of the server creates another one.`,
    );
  }
  await storeToken(env, url, token);
  const name = cleanLine(you.actor.name ?? you.actor.id);
  screen.note(`Signed in to ${shownUrl(url)} as ${name}, owner ${cleanLine(you.owner)}.`);
  screen.note(`The key is stored in ${credentialsPath(env)}; "${commandName} logout" removes it.`);
  if ((env['STAGEWIRE_TOKEN']?.trim() ?? '') !== '') {
    screen.note('STAGEWIRE_TOKEN is set and takes precedence over it.');
  }
  if (options.json === true) await screen.write(`${jsonLine({ url, stored: true, you })}\n`);
  return exitCodes.done;
}

/** `logout`: removes the stored key of a server. The key itself stays valid. */
export async function commandLogout(context: CliContext, options: LoginOptions): Promise<number> {
  const { env, screen } = context;
  const given = env['STAGEWIRE_URL']?.trim() ?? '';
  // A server that does not respond can be signed out of as well, if its URL is known.
  const url = options.url ?? (given === '' ? await needServer(context) : given);
  const former = await storeToken(env, url, undefined);
  screen.note(
    former === undefined
      ? `No key was stored for ${shownUrl(url)}.`
      : `The key for ${shownUrl(url)} was removed from this machine. It stays valid until it is revoked.`,
  );
  if (options.json === true) await screen.write(`${jsonLine({ url, removed: former !== undefined })}\n`);
  return exitCodes.done;
}

async function infoWith(url: string, token: string | undefined): Promise<ServerInfo> {
  await using client = connect({ url, token });
  return await client.info();
}
