import { StagewireError } from '@stagewire/shared';
import * as openid from 'openid-client';
import type { Principal } from '../principal.ts';
import type { IdentityProvider } from './identity-provider.ts';
import type { JwtSettings, OidcClient } from './jwt-settings.ts';
import { principalOfClaims } from './principal-of-claims.ts';
import { ProviderProblem, type ProviderFetch } from './provider-fetch.ts';
import { SignInFailed } from './sign-in-failed.ts';
import { clockSkewMs, type TokenVerifier } from './token-verifier.ts';

export interface CodeFlowOptions {
  readonly settings: JwtSettings;
  readonly client: OidcClient;
  readonly provider: IdentityProvider;
  readonly verifier: TokenVerifier;
  readonly fetch: ProviderFetch['fetch'];
  /** Codes that are exchanged at the same time; one more fails as `busy`. @default 20 */
  readonly maxExchanges?: number;
}

/** What the browser that begins to sign in must bring back. Only that browser may know it. */
export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  /** Proves to the provider that the code is redeemed by who asked for it (PKCE). */
  readonly verifier: string;
}

/** People sign in at the OpenID provider, by the authorization code flow with PKCE. */
export interface CodeFlow {
  /** Where to send the browser. @throws SignInFailed */
  begin(redirectUri: string): Promise<{ readonly url: string; readonly pending: PendingSignIn }>;
  /**
   * Redeems the code with which the browser has come back to `callback`, the redirect URI and its parameters. The principal
   * does not expire: an ID token states who signed in just now, and its expiry is not the one of a session.
   *
   * @throws SignInFailed
   */
  finish(callback: URL, pending: PendingSignIn): Promise<Principal>;
}

export function createCodeFlow(options: CodeFlowOptions): CodeFlow {
  const { settings, client, provider, verifier, fetch, maxExchanges = 20 } = options;
  let exchanges = 0;

  async function configuration(): Promise<openid.Configuration> {
    const { metadata } = await provider.current().catch((error: unknown) => {
      throw new SignInFailed('unavailable', 'the identity provider has not been reached yet', error);
    });
    if (metadata.authorization_endpoint === undefined || metadata.token_endpoint === undefined) {
      throw new SignInFailed('unavailable', 'the identity provider has no endpoints for the code flow');
    }
    const config = new openid.Configuration(
      metadata,
      client.id,
      { [openid.clockTolerance]: clockSkewMs / 1000 },
      authenticationOf(client, metadata.token_endpoint_auth_methods_supported),
    );
    // The addresses were checked when the metadata were read.
    openid.allowInsecureRequests(config);
    config[openid.customFetch] = (url, request) => fetch(url, request);
    return config;
  }

  async function exchange(callback: URL, { state, nonce, verifier: pkce }: PendingSignIn): Promise<string> {
    const config = await configuration();
    const { id_token: idToken } = await openid.authorizationCodeGrant(config, callback, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier: pkce,
      idTokenExpected: true,
    });
    return idToken ?? '';
  }

  return {
    async begin(redirectUri) {
      const config = await configuration();
      const pending = {
        state: openid.randomState(),
        nonce: openid.randomNonce(),
        verifier: openid.randomPKCECodeVerifier(),
      };
      const { state, nonce } = pending;
      const url = openid.buildAuthorizationUrl(config, {
        redirect_uri: redirectUri,
        scope: scopeOf(settings, config.serverMetadata().scopes_supported),
        state,
        nonce,
        code_challenge: await openid.calculatePKCECodeChallenge(pending.verifier),
        code_challenge_method: 'S256',
      });
      return { url: url.href, pending };
    },
    async finish(callback, pending) {
      if (exchanges >= maxExchanges) throw new SignInFailed('busy', 'too many sign-ins at the same time');
      exchanges += 1;
      try {
        const idToken = await exchange(callback, pending);
        const claims = await verifier.verify(idToken, { audience: client.id, idTokenNonce: pending.nonce });
        const { expiresAtMs: _, ...principal } = principalOfClaims(claims, settings);
        return principal;
      } catch (error) {
        throw failureOf(error);
      } finally {
        exchanges -= 1;
      }
    },
  };
}

function authenticationOf(
  { secret }: OidcClient,
  supported: readonly string[] | undefined,
): openid.ClientAuth {
  if (secret === undefined) return openid.None();
  // Basic is what a provider supports that does not say.
  const isPost = supported?.includes('client_secret_basic') === false;
  return isPost ? openid.ClientSecretPost(secret) : openid.ClientSecretBasic(secret);
}

/** Some providers put groups into tokens only if they are asked for them. */
function scopeOf(settings: JwtSettings, supported: readonly string[] | undefined): string {
  const wantsGroups = [settings.ownerClaim, settings.permissionsClaim].includes('groups');
  const hasGroups = supported?.includes('groups') === true;
  return `openid profile email${wantsGroups && hasGroups ? ' groups' : ''}`;
}

function failureOf(error: unknown): SignInFailed {
  if (error instanceof SignInFailed) return error;
  if (error instanceof StagewireError) {
    const problem = error.code === 'UNAUTHENTICATED' ? 'identity' : 'unavailable';
    return new SignInFailed(problem, error.message, error);
  }
  if (error instanceof openid.AuthorizationResponseError) {
    return new SignInFailed('denied', `the provider answers ${error.error}`, error);
  }
  if (error instanceof openid.ResponseBodyError) {
    const isCode = error.error === 'invalid_grant';
    return new SignInFailed(
      isCode ? 'invalid' : 'unavailable',
      `the token endpoint answers ${error.error}`,
      error,
    );
  }
  const problem = causeOf(error, ProviderProblem);
  if (problem !== undefined) return new SignInFailed('unavailable', problem.message, error);
  return new SignInFailed('invalid', error instanceof Error ? error.message : String(error), error);
}

function causeOf<Kind extends Error>(error: unknown, kind: new (message: string) => Kind): Kind | undefined {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth += 1) {
    if (at instanceof kind) return at;
  }
  return undefined;
}
