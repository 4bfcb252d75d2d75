import * as openid from 'openid-client';
import type { CliContext } from '../terminal/cli-context.ts';
import { CliProblem, commandName } from '../terminal/cli-problem.ts';
import type { StoredCredential, StoredRefresh } from '../terminal/stored-credentials.ts';
import { listenForCallback } from './loopback-callback.ts';
import { openConfiguration, problemOf, type OidcClientId } from './oidc-configuration.ts';

export interface SignInOptions extends OidcClientId {
  /** Separated by spaces. @default openid profile email, and offline_access if the provider has it */
  readonly scope?: string | undefined;
  /** How long the user may take, in milliseconds. @default 300000 */
  readonly timeoutMs?: number;
}

type Tokens = openid.TokenEndpointResponse & openid.TokenEndpointResponseHelpers;

/**
 * Signs the user in by the authorization code flow with PKCE, in a browser that the user opens. Returns the tokens that a
 * server may accept: which one depends on the audience that it expects. An ID token is worth less to others, so it is first.
 *
 * @throws CliProblem
 */
export async function signInByBrowser(
  context: CliContext,
  options: SignInOptions,
): Promise<readonly StoredCredential[]> {
  const { screen, clock } = context;
  const { issuer, clientId, timeoutMs = 300_000 } = options;
  await using opened = await openConfiguration(context, options);
  const { config } = opened;
  const state = openid.randomState();
  const nonce = openid.randomNonce();
  const pkceCodeVerifier = openid.randomPKCECodeVerifier();
  await using callback = await listenForCallback(state);
  const hasOffline = config.serverMetadata().scopes_supported?.includes('offline_access') === true;
  const url = openid.buildAuthorizationUrl(config, {
    redirect_uri: callback.redirectUri,
    scope: options.scope ?? `openid profile email${hasOffline ? ' offline_access' : ''}`,
    state,
    nonce,
    code_challenge: await openid.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    // A refresh token is given only to users who are asked for it.
    ...(hasOffline && { prompt: 'consent' }),
  });
  screen.note('Open this page in a browser on this machine to sign in:');
  screen.note(url.href);

  const late = Promise.withResolvers<never>();
  const cancelTimer = clock.after(timeoutMs, () =>
    late.reject(
      new CliProblem(
        `No one signed in within ${Math.round(timeoutMs / 1000)} s. Nothing was stored. Run "${commandName} login" again.`,
      ),
    ),
  );
  try {
    const received = await Promise.race([callback.received, late.promise]);
    const tokens = await openid.authorizationCodeGrant(config, received, {
      expectedState: state,
      expectedNonce: nonce,
      pkceCodeVerifier,
      idTokenExpected: true,
    });
    return (['id_token', 'access_token'] as const).flatMap(
      (use) => credentialOf(tokens, { use, issuer, clientId, nowMs: clock.now() }) ?? [],
    );
  } catch (error) {
    if (error instanceof CliProblem) throw error;
    throw new CliProblem(
      `The identity provider ${new URL(issuer).origin} did not sign you in (${problemOf(error)}). Nothing was stored.`,
    );
  } finally {
    cancelTimer();
  }
}

/** `undefined` if the provider gave no such token, or one that only itself can read. */
export function credentialOf(
  tokens: Tokens,
  source: OidcClientId & {
    readonly use: StoredRefresh['use'];
    readonly nowMs: number;
    readonly former?: string;
  },
): StoredCredential | undefined {
  const { use, nowMs, issuer, clientId, former } = source;
  const token = tokens[use];
  if (token === undefined || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined;
  const seconds = tokens.expiresIn();
  const accessEndsMs = seconds === undefined ? undefined : nowMs + seconds * 1000;
  const idTokenEnds = tokens.claims()?.exp;
  const expiresAtMs = use === 'access_token' ? accessEndsMs : idTokenEnds && idTokenEnds * 1000;
  const refreshToken = tokens.refresh_token ?? former;
  return {
    token,
    ...(expiresAtMs !== undefined && { expiresAt: new Date(expiresAtMs).toISOString() }),
    ...(refreshToken !== undefined && { refresh: { issuer, clientId, token: refreshToken, use } }),
  };
}
