import { connect, StagewireError, type Identity, type ServerInfo } from '@stagewire/client';
import { cleanLine } from '../render/clean-text.ts';
import { jsonLine } from '../render/json-line.ts';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import { exitCodes } from '../terminal/exit-codes.ts';
import { needServer } from '../terminal/find-server.ts';
import { credentialsPath, storeCredential, type StoredCredential } from '../terminal/stored-credentials.ts';
import { refusePlaintext } from '../terminal/refuse-plaintext.ts';
import { shownUrl } from '../terminal/why-unreached.ts';

export interface LogoutOptions {
  /** @default as for the other commands */
  readonly url?: string;
  readonly json?: boolean;
}

export interface LoginOptions extends LogoutOptions {
  /** Read a key even if the server offers to sign in by a browser. */
  readonly key?: boolean;
  /** What to ask the identity provider for. */
  readonly scope?: string;
}

/** Who the server says that the user is with a credential. */
interface SignedIn {
  readonly credential: StoredCredential;
  readonly you: Identity;
  /** What is stored, for a sentence. */
  readonly kind: 'key' | 'token';
}

/**
 * `login`: stores an access key for a server, or a token of its OpenID provider, after the server has accepted it. The
 * user signs in by a browser if the server offers that and no key is given: at a terminal without `--key`, or with an
 * empty standard input.
 */
export async function commandLogin(context: CliContext, options: LoginOptions): Promise<number> {
  const { env, screen, clock } = context;
  const url = options.url ?? (await needServer(context));
  const { auth, oidc } = await infoWith(url, undefined);
  if (auth.length === 0) {
    screen.note(`The server ${shownUrl(url)} needs no authentication. Nothing was stored.`);
    if (options.json === true) await screen.write(`${jsonLine({ url, stored: false })}\n`);
    return exitCodes.done;
  }
  refusePlaintext(env, url);
  const { credential, you, kind } = await signIn(context, url, { ...options, oidc });
  await storeCredential(env, url, credential);
  const name = cleanLine(you.actor.name ?? you.actor.id);
  screen.note(`Signed in to ${shownUrl(url)} as ${name}, owner ${cleanLine(you.owner)}.`);
  screen.note(`The ${kind} is stored in ${credentialsPath(env)}; "${commandName} logout" removes it.`);
  if (credential.expiresAt !== undefined && credential.refresh === undefined) {
    const minutes = Math.max(1, Math.round((Date.parse(credential.expiresAt) - clock.now()) / 60_000));
    screen.note(`It expires in ${minutes} min, and the provider gave no token to renew it.`);
  }
  if ((env['STAGEWIRE_TOKEN']?.trim() ?? '') !== '') {
    screen.note('STAGEWIRE_TOKEN is set and takes precedence over it.');
  }
  if (options.json === true) await screen.write(`${jsonLine({ url, stored: true, you })}\n`);
  return exitCodes.done;
}

async function signIn(
  context: CliContext,
  url: string,
  { oidc, key = false, scope }: LoginOptions & Pick<ServerInfo, 'oidc'>,
): Promise<SignedIn> {
  if (oidc !== undefined && !key && context.input.isTTY === true)
    return await byBrowser(context, url, { oidc, scope });
  const token = await context.readSecret(`Access key for ${shownUrl(url)} (not shown): `, {
    mayBeEmpty: oidc !== undefined && !key,
  });
  if (token === '' && oidc !== undefined) return await byBrowser(context, url, { oidc, scope });
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CliProblem(
      'This is not a key: it has a space or another character that keys do not have. Copy it again.',
    );
  }
  const { you } = await infoWith(url, token);
  if (you !== null) return { credential: { token }, you, kind: 'key' };
  throw new CliProblem(
    `The server ${shownUrl(url)} does not accept this key: it is mistyped, expired or revoked, or of another server. ` +
      `Nothing was stored. "${commandName} keys create --name <you>" on the machine of the server creates another one.`,
  );
}

/** The first token that the server accepts. */
async function byBrowser(
  context: CliContext,
  url: string,
  { oidc, scope }: { readonly oidc: NonNullable<ServerInfo['oidc']>; readonly scope: string | undefined },
): Promise<SignedIn> {
  const { signInByBrowser } = await import('../oidc/sign-in-by-browser.ts');
  const credentials = await signInByBrowser(context, { ...oidc, scope });
  for (const credential of credentials) {
    const { you } = await infoWith(url, credential.token);
    if (you !== null) return { credential, you, kind: 'token' };
  }
  const last = credentials.at(-1);
  const why = last === undefined ? 'The provider gave no token.' : await whyRejected(url, last.token);
  throw new CliProblem(
    `You have signed in, but the server ${shownUrl(url)} does not accept your token. ${why} Nothing was stored.`,
  );
}

/** The server's own reason, which `server.info` does not have. */
async function whyRejected(url: string, token: string): Promise<string> {
  await using client = connect({ url, token });
  return await client.procedures.runs.list({ limit: 1 }).then(
    () => 'Try again.',
    (error: unknown) => {
      if (error instanceof StagewireError) return cleanLine(error.message);
      throw error;
    },
  );
}

/** `logout`: removes the stored credential of a server. The credential itself stays valid. */
export async function commandLogout(context: CliContext, options: LogoutOptions): Promise<number> {
  const { env, screen } = context;
  const given = env['STAGEWIRE_URL']?.trim() ?? '';
  // A server that does not respond can be signed out of as well, if its URL is known.
  const url = options.url ?? (given === '' ? await needServer(context) : given);
  const former = await storeCredential(env, url, undefined);
  screen.note(removedText(shownUrl(url), former));
  if (options.json === true) await screen.write(`${jsonLine({ url, removed: former !== undefined })}\n`);
  return exitCodes.done;
}

function removedText(url: string, former: StoredCredential | undefined): string {
  if (former === undefined) return `No key was stored for ${url}.`;
  return former.expiresAt === undefined
    ? `The key for ${url} was removed from this machine. It stays valid until it is revoked.`
    : `The token for ${url} was removed from this machine. You stay signed in at the identity provider.`;
}

async function infoWith(url: string, token: string | undefined): Promise<ServerInfo> {
  await using client = connect({ url, token });
  return await client.info();
}
