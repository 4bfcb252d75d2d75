import { createProviderFetch, ProviderProblem } from '@stagewire/server/identity/jwt/provider-fetch';
import * as openid from 'openid-client';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem } from '../terminal/cli-problem.ts';
import { refusePlaintext } from '../terminal/refuse-plaintext.ts';

/** An OpenID provider, and the client that the command line is there. */
export interface OidcClientId {
  readonly issuer: string;
  readonly clientId: string;
}

/** The provider's endpoints, for as long as a block lasts. */
export interface OpenedConfiguration extends AsyncDisposable {
  readonly config: openid.Configuration;
}

/** Reads the endpoints of the provider, within limits of bytes and time. @throws CliProblem */
export async function openConfiguration(
  { env, clock }: Pick<CliContext, 'env' | 'clock'>,
  { issuer, clientId }: OidcClientId,
): Promise<OpenedConfiguration> {
  const url = URL.parse(issuer);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    throw new CliProblem('The server names an identity provider whose address is not a URL.');
  }
  refusePlaintext(env, issuer);
  const { fetch, close } = createProviderFetch({ clock });
  try {
    const config = await openid.discovery(url, clientId, undefined, openid.None(), {
      execute: url.protocol === 'http:' ? [openid.allowInsecureRequests] : [],
      [openid.customFetch]: (address, request) => fetch(address, request),
    });
    return { config, [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw new CliProblem(`The identity provider ${url.origin} cannot be used (${problemOf(error)}).`);
  }
}

/** What is wrong, without the text of the provider. */
export function problemOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof ProviderProblem) return at.message;
    if (at instanceof openid.ResponseBodyError || at instanceof openid.AuthorizationResponseError) {
      return `it answers ${at.error.replaceAll(/[^\w-]+/g, ' ').slice(0, 80)}`;
    }
  }
  return error instanceof Error ? error.message : String(error);
}
