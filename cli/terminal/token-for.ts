import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import type { CliContext } from './cli-context.ts';
import { CliProblem } from './cli-problem.ts';
import { storedToken } from './stored-credentials.ts';
import { shownUrl } from './why-unreached.ts';

/**
 * The token for a server: STAGEWIRE_TOKEN, otherwise what `login` has stored for this URL. `undefined` if there is none.
 *
 * @throws CliProblem if the token would be sent to a server that only a file names, or unencrypted over a network.
 */
export async function tokenFor(
  { env, envFile }: Pick<CliContext, 'env' | 'envFile'>,
  url: string,
): Promise<string | undefined> {
  const given = env['STAGEWIRE_TOKEN']?.trim() ?? '';
  const token = given === '' ? await storedToken(env, url) : given;
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

/** @throws CliProblem */
export function refusePlaintext(
  env: CliContext['env'],
  url: string,
  protocol = URL.parse(url)?.protocol ?? '',
): void {
  const isPlain = protocol === 'http:' || protocol === 'ws:';
  if (!isPlain || isLoopback(URL.parse(url)?.hostname ?? '')) return;
  if (env['STAGEWIRE_ALLOW_PLAINTEXT']?.trim() === 'true') return;
  throw new CliProblem(
    `Your key would be sent to ${shownUrl(url)} unencrypted. Use the https URL of the server, or set ` +
      'STAGEWIRE_ALLOW_PLAINTEXT=true if the network is private.',
  );
}
