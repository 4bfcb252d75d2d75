import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, SignJWT } from 'jose';
import { Provider } from 'oidc-provider';
import { makeSigningKey, type SigningKey } from './token-issuer.ts';

/** The audience of access tokens. */
export const apiAudience = 'urn:stagewire:test';

export const confidential = { id: 'confidential', secret: 'the secret of the confidential client' };

/** A client without a secret. */
export const publicClientId = 'stagewire';

/** Signs in as any name; its claims are the ones of `accounts`. */
export interface OidcServer extends AsyncDisposable {
  readonly issuer: string;
  /** The claims of a user in addition to `sub`, which is the name that signs in. */
  readonly accounts: Map<string, Readonly<Record<string, unknown>>>;
  /** Paths that were requested so far. */
  readonly requests: string[];
  /** Answers instead of the provider, for paths that begin with this. */
  readonly instead: Map<string, (request: IncomingMessage, response: ServerResponse) => void>;
  /** A token of the provider's current key, with the claims of an access token unless `claims` has others. */
  token(claims?: Readonly<Record<string, unknown>>, header?: object): Promise<string>;
  /** A token by the grant for programs. */
  programToken(): Promise<string>;
  /** The provider gets another key, and forgets the one before, or keeps it. */
  rotate(options?: { readonly keep?: boolean }): Promise<void>;
  readonly key: SigningKey;
  /** Stops listening, and drops every connection. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface OidcServerOptions {
  /** How long ID tokens and access tokens are valid, in seconds. @default 3600 */
  readonly ttlSeconds?: number;
}

/** A real OpenID provider on loopback, which has forgotten everything at the next start. */
export async function startOidcServer(options: OidcServerOptions = {}): Promise<OidcServer> {
  const { ttlSeconds = 3600 } = options;
  const accounts = new Map<string, Readonly<Record<string, unknown>>>();
  const requests: string[] = [];
  const instead = new Map<string, (request: IncomingMessage, response: ServerResponse) => void>();
  let keys = [await makeSigningKey('first', 'RS256')];
  let handle: (request: IncomingMessage, response: ServerResponse) => void = () => undefined;
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(path.split('?', 1)[0] ?? '');
    const other = [...instead].find(([prefix]) => path.startsWith(prefix));
    (other?.[1] ?? handle)(request, response);
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  };
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;

  async function build(): Promise<void> {
    const jwks = await Promise.all(
      keys.map(async ({ privateKey, kid, alg }) => ({
        ...(await exportJWK(privateKey)),
        kid,
        alg,
        use: 'sig',
      })),
    );
    handle = new Provider(issuer, configuration({ jwks, accounts, ttlSeconds })).callback();
  }
  await build();

  return {
    issuer,
    accounts,
    requests,
    instead,
    get key() {
      return keys[0] as SigningKey;
    },
    token(claims = {}, header = {}) {
      const [{ kid, alg, privateKey } = undefined as never] = keys;
      const now = Math.floor(Date.now() / 1000);
      const usual = { iss: issuer, aud: apiAudience, sub: 'ada', iat: now, exp: now + ttlSeconds };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg, kid, typ: 'at+jwt', ...header })
        .sign(privateKey);
    },
    async programToken() {
      const response = await fetch(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: basic(confidential) },
        body: new URLSearchParams({ grant_type: 'client_credentials', resource: apiAudience }),
      });
      const body = (await response.json()) as { access_token?: string };
      if (body.access_token === undefined) throw new Error(JSON.stringify(body));
      return body.access_token;
    },
    async rotate({ keep = false } = {}) {
      keys = [await makeSigningKey(`key-${Date.now()}`, 'RS256'), ...(keep ? keys : [])];
      await build();
    },
    async stop() {
      server.closeAllConnections();
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
    start: () => listen(port),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}

function basic({ id, secret }: typeof confidential): string {
  const parts = [id, secret].map((part) => encodeURIComponent(part).replaceAll('%20', '+'));
  return `Basic ${Buffer.from(parts.join(':')).toString('base64')}`;
}

function configuration(given: {
  readonly jwks: readonly object[];
  readonly accounts: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly ttlSeconds: number;
}): object {
  const { jwks, accounts, ttlSeconds } = given;
  const resourceServer = {
    scope: '',
    audience: apiAudience,
    accessTokenFormat: 'jwt',
    accessTokenTTL: ttlSeconds,
  };
  return {
    jwks: { keys: jwks },
    cookies: { keys: ['a key of the tests'] },
    clients: [
      {
        client_id: confidential.id,
        client_secret: confidential.secret,
        // At any port.
        application_type: 'native',
        redirect_uris: ['http://127.0.0.1/session/oidc/callback', 'http://localhost/session/oidc/callback'],
        grant_types: ['authorization_code', 'client_credentials'],
        response_types: ['code'],
      },
      {
        client_id: publicClientId,
        application_type: 'native',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1/callback', 'http://127.0.0.1/session/oidc/callback'],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
      },
    ],
    claims: {
      openid: ['sub'],
      profile: ['name', 'groups', 'team', 'roles'],
      email: ['email', 'email_verified'],
    },
    // Into ID tokens, as most providers do.
    conformIdTokenClaims: false,
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    pkce: { required: () => true },
    ttl: {
      IdToken: ttlSeconds,
      AccessToken: ttlSeconds,
      ClientCredentials: ttlSeconds,
      RefreshToken: 86_400,
      Interaction: 600,
      Session: 600,
      Grant: 600,
    },
    rotateRefreshToken: true,
    findAccount: (_context: unknown, sub: string) => ({
      accountId: sub,
      claims: () => ({ sub, ...accounts.get(sub) }),
    }),
    extraTokenClaims: (_context: unknown, token: { readonly accountId?: string }) =>
      accounts.get(token.accountId ?? ''),
    features: {
      devInteractions: { enabled: true },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => apiAudience,
        useGrantedResource: () => true,
        getResourceServerInfo: () => resourceServer,
      },
    },
  };
}
