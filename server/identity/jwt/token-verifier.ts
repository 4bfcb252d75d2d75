import { wireErrors } from '@stagewire/shared/wire-errors';
import { errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey, type JWTVerifyResult } from 'jose';
import type { StagewireError } from '@stagewire/shared';
import type { Clock } from '../../runtime/clock.ts';
import type { IdentityProvider } from './identity-provider.ts';

export interface TokenVerifierOptions {
  readonly provider: IdentityProvider;
  readonly issuer: string;
  readonly clock: Pick<Clock, 'now'>;
}

/** What a token must be, in addition to being signed by the provider. */
export interface ExpectedToken {
  readonly audience: string;
  /** `id`: an ID token of this nonce, issued to the client `audience`. @default any bearer token */
  readonly idTokenNonce?: string;
}

/** The claims of a verified token. */
export type Claims = JWTPayload & { readonly sub: string; readonly exp: number };

export interface TokenVerifier {
  /** @throws StagewireError UNAUTHENTICATED; OVERLOADED while the provider has not been reached. */
  verify(token: string, expected: ExpectedToken): Promise<Claims>;
}

/** How far the clocks of the provider and of the server may differ, in milliseconds. */
export const clockSkewMs = 60_000;

/** Chars of a token; as much as `session.refresh` takes. */
const maxTokenChars = 8192;

/** Asymmetric ones only: with a symmetric one every server that verifies tokens could issue them. */
const algorithms = 'RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519'.split(' ');

/**
 * Verifies JSON Web Tokens by the keys that the provider publishes; keys in a token's header, or the address of some, are
 * ignored. Only the holder of a token that the provider has signed learns why it is rejected.
 */
export function createTokenVerifier({ provider, issuer, clock }: TokenVerifierOptions): TokenVerifier {
  async function verifySigned(
    token: string,
    findKey: JWTVerifyGetKey,
    audience: string,
  ): Promise<JWTVerifyResult> {
    const options = {
      algorithms,
      issuer,
      audience,
      clockTolerance: clockSkewMs / 1000,
      currentDate: new Date(clock.now()),
      requiredClaims: ['sub', 'exp'],
    };
    try {
      return await jwtVerify(token, findKey, options);
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      // The token names no key, and several are of its algorithm.
      for await (const key of error) {
        const result = await jwtVerify(token, key, options).catch((failure: unknown) => {
          if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure;
        });
        if (result !== undefined) return result;
      }
      throw new errors.JWSSignatureVerificationFailed();
    }
  }

  async function verified(token: string, audience: string): Promise<JWTVerifyResult> {
    const { findKey } = await provider.current();
    try {
      return await verifySigned(token, findKey, audience);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const renewed = await provider.refetch();
      if (renewed.findKey === findKey) throw error;
      return await verifySigned(token, renewed.findKey, audience);
    }
  }

  return {
    async verify(token, { audience, idTokenNonce }) {
      // The library's decoder ignores white space, so that one token would have many forms.
      if (token.length > maxTokenChars || !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
        throw wireErrors.UNAUTHENTICATED.unknownToken();
      }
      const { payload, protectedHeader } = await verified(token, audience).catch((error: unknown) => {
        throw refusalOf(error) ?? error;
      });
      requireType(protectedHeader.typ, idTokenNonce === undefined ? ['jwt', 'at+jwt'] : ['jwt']);
      if (typeof payload.sub !== 'string' || payload.exp === undefined) {
        throw wireErrors.UNAUTHENTICATED.claim('sub', 'is not a string');
      }
      if (payload.iat !== undefined && payload.iat * 1000 > clock.now() + clockSkewMs) {
        throw wireErrors.UNAUTHENTICATED.notYetValid();
      }
      // A logout token of an older provider has no type of its own.
      if (payload['events'] !== undefined) throw wireErrors.UNAUTHENTICATED.tokenType();
      if (idTokenNonce !== undefined) requireIssuedTo(payload, { audience, nonce: idTokenNonce });
      return { ...payload, sub: payload.sub, exp: payload.exp };
    },
  };
}

/** `undefined` for an error that is not about the token. */
function refusalOf(error: unknown): StagewireError | undefined {
  if (error instanceof errors.JWTExpired) return wireErrors.UNAUTHENTICATED.expired();
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    if (reason === 'missing') return wireErrors.UNAUTHENTICATED.claim(claim, 'is missing');
    if (reason === 'invalid') return wireErrors.UNAUTHENTICATED.claim(claim, 'is not of the right type');
    if (claim === 'iss') return wireErrors.UNAUTHENTICATED.otherIssuer();
    if (claim === 'aud') return wireErrors.UNAUTHENTICATED.otherAudience();
    return wireErrors.UNAUTHENTICATED.notYetValid();
  }
  // A key that cannot be used, such as a private one, makes the platform throw.
  const isOfToken =
    error instanceof errors.JOSEError || error instanceof TypeError || error instanceof DOMException;
  return isOfToken ? wireErrors.UNAUTHENTICATED.unknownToken() : undefined;
}

/** Many providers set no type. Tokens for other purposes, such as the ones of a logout, have their own. */
function requireType(typ: unknown, accepted: readonly string[]): void {
  if (typ === undefined) return;
  const name = typeof typ === 'string' ? typ.toLowerCase().replace(/^application\//, '') : '';
  if (!accepted.includes(name)) throw wireErrors.UNAUTHENTICATED.tokenType();
}

/** OpenID Connect Core 1.0, section 3.1.3.7. */
function requireIssuedTo(
  claims: JWTPayload,
  { audience, nonce }: { readonly audience: string; readonly nonce: string },
): void {
  const isForSeveral = Array.isArray(claims.aud) && claims.aud.length > 1;
  const { azp = isForSeveral ? undefined : audience } = claims;
  if (claims['nonce'] !== nonce || azp !== audience) throw wireErrors.UNAUTHENTICATED.otherAudience();
}
