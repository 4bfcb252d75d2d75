import type { ServerInfo } from '@stagewire/client';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { CliContext } from './cli-context.ts';
import { CliProblem } from './cli-problem.ts';
import { fetchInfo, needServer } from './find-server.ts';
import { tokenFor } from './token-for.ts';
import { shownUrl } from './why-unreached.ts';

/** A server that a kit uses: one of several nodes of a cluster, or the only one. */
export interface ServerAddress {
  readonly url: string;
  readonly token: string | undefined;
  readonly info: ServerInfo;
}

/** At least one. */
export type ServerAddresses = readonly [ServerAddress, ...ServerAddress[]];

/**
 * The servers at the given URLs, or that of this environment.
 *
 * @throws CliProblem with one sentence: a server that does not respond, is no Stagewire, or is named twice.
 * @throws StagewireError UNAUTHENTICATED
 */
export async function findAddresses(
  context: CliContext,
  given: readonly string[] = [],
): Promise<ServerAddresses> {
  const [first, ...others] = given.length === 0 ? [await needServer(context)] : given;
  const twice = given.find((url, index) => given.findIndex((it) => sameAddress(it, url)) < index);
  if (twice !== undefined) throw new CliProblem(`--url has ${shownUrl(twice)} twice. Name each node once.`);
  const found: ServerAddress[] = [];
  for (const url of others) found.push(await addressOf(context, url));
  return [await addressOf(context, first ?? ''), ...found];
}

async function addressOf(context: CliContext, url: string): Promise<ServerAddress> {
  const token = await tokenFor(context, url);
  const info = await fetchInfo(url, token);
  if (info.you === null) throw wireErrors.UNAUTHENTICATED.missing();
  return { url, token, info };
}

function sameAddress(one: string, other: string): boolean {
  return one === other || (URL.parse(one)?.href ?? one) === (URL.parse(other)?.href ?? other);
}
