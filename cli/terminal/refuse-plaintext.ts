import { isLoopback } from '@stagewire/server/runtime/is-loopback';
import type { CliContext } from './cli-context.ts';
import { CliProblem } from './cli-problem.ts';
import { shownUrl } from './why-unreached.ts';

/** Credentials cross a network encrypted only, unless the user permits it. @throws CliProblem */
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
