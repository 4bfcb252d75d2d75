import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import type { CliContext } from './cli-context.ts';
import { CliProblem } from './cli-problem.ts';
import { refusePlaintext } from './refuse-plaintext.ts';
import { storedCredential } from './stored-credentials.ts';
import { shownUrl } from './why-unreached.ts';

/**
 * The token for a server: STAGEWIRE_TOKEN, otherwise what `login` has stored for this URL, renewed if it expires soon.
 * `undefined` if there is none.
 *
 * @throws CliProblem if the token would be sent to a server that only a file names, or unencrypted over a network.
 */
export async function tokenFor(
  { env, envFile, clock }: Pick<CliContext, 'env' | 'envFile' | 'clock'>,
  url: string,
): Promise<string | undefined> {
  const given = env['STAGEWIRE_TOKEN']?.trim() ?? '';
  const token = given === '' ? await storedTokenFor({ env, clock }, url) : given;
  if (token === undefined) return undefined;
  const { protocol, hostname } = URL.parse(url) ?? { protocol: '', hostname: '' };
  if (isLoopback(hostname)) return token;
  const names = envFile?.names;
  if (given !== '' && names?.has('STAGEWIRE_URL') === true && !names.has('STAGEWIRE_TOKEN')) {
    // A folder from someone else must not get the user's key.
    throw new CliProblem(
      `${envFile?.path} sets STAGEWIRE_URL, but STAGEWIRE_TOKEN is set outside that file, and would be sent to ${shownUrl(url)}. ` +
        'If this is intended, set STAGEWIRE_URL in the environment.',
    );
  }
  refusePlaintext(env, url, protocol);
  return token;
}

/** Does the token of this server change from time to time? */
export async function isRenewed({ env }: Pick<CliContext, 'env'>, url: string): Promise<boolean> {
  if ((env['STAGEWIRE_TOKEN']?.trim() ?? '') !== '') return false;
  return (await storedCredential(env, url))?.refresh !== undefined;
}

async function storedTokenFor(
  context: Pick<CliContext, 'env' | 'clock'>,
  url: string,
): Promise<string | undefined> {
  const stored = await storedCredential(context.env, url);
  if (stored?.expiresAt === undefined) return stored?.token;
  // Loaded only where there is something to renew: the library takes time to load.
  const { renewedCredential } = await import('../oidc/renewed-credential.ts');
  return (await renewedCredential(context, url, stored)).token;
}
