import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWK } from 'jose';
import { createIdentityProvider } from '../../server/identity/jwt/identity-provider.ts';
import type { ProviderFetch } from '../../server/identity/jwt/provider-fetch.ts';
import { createTokenVerifier } from '../../server/identity/jwt/token-verifier.ts';
import { createFakeClock } from './fake-clock.ts';

/** A key with which an issuer signs, and what it publishes of it. */
export interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: JWK;
}

export async function makeSigningKey(kid: string, alg = 'ES256'): Promise<SigningKey> {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { kid, alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
}

export const issuer = 'https://issuer.example';
const audience = 'stagewire';

/** An issuer without a network, and the verifier of a server that trusts it, at a time that stands still. */
export async function tokenIssuer(
  options: { readonly keys?: readonly SigningKey[]; readonly isDown?: boolean } = {},
) {
  const clock = createFakeClock();
  const first = options.keys?.[0] ?? (await makeSigningKey('one'));
  const logged: string[] = [];
  const log = ({ problem = '' }: Readonly<Record<string, unknown>>, message: string) =>
    void logged.push(`${message}: ${String(problem)}`);
  const state = {
    published: options.keys ?? [first],
    requests: 0,
    isDown: options.isDown ?? false,
    answer: undefined as ((url: string) => Promise<Response>) | undefined,
  };
  const fetch: ProviderFetch['fetch'] = async (url) => {
    state.requests += 1;
    if (state.isDown) throw new Error('connection refused');
    if (state.answer !== undefined) return await state.answer(url);
    return url.endsWith('/.well-known/openid-configuration')
      ? Response.json({ issuer, jwks_uri: `${issuer}/jwks` })
      : Response.json({ keys: state.published.map(({ jwk }) => jwk) });
  };
  const provider = createIdentityProvider({
    issuer,
    fetch,
    clock,
    logger: { info: log, warn: log, error: log },
  });
  const verifier = createTokenVerifier({ provider, issuer, clock });
  const nowSeconds = () => clock.now() / 1000;

  return {
    clock,
    state,
    logged,
    provider,
    verifier,
    key: first,
    nowSeconds,
    /** A token that is valid unless `claims` or `header` say otherwise; a claim `undefined` is left out. */
    token(
      claims: Readonly<Record<string, unknown>> = {},
      { key = first, header = {} }: { readonly key?: SigningKey; readonly header?: object } = {},
    ): Promise<string> {
      const usual = { iss: issuer, aud: audience, sub: 'ada', iat: nowSeconds(), exp: nowSeconds() + 300 };
      return new SignJWT({ ...usual, ...claims })
        .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...header })
        .sign(key.privateKey);
    },
    verify: (token: string) => verifier.verify(token, { audience }),
  };
}
