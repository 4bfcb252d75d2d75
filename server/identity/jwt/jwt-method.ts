import type { TokenMethod } from '../identify.ts';
import type { JwtSettings } from './jwt-settings.ts';
import { principalOfClaims } from './principal-of-claims.ts';
import type { TokenVerifier } from './token-verifier.ts';

export interface JwtMethodOptions {
  readonly settings: JwtSettings;
  readonly verifier: TokenVerifier;
}

/** Authenticates by JSON Web Tokens of the provider, as bearer tokens. */
export function createJwtMethod({ settings, verifier }: JwtMethodOptions): TokenMethod {
  return {
    recognizes: (token) => /^[\w-]+\.[\w-]*\.[\w-]*$/.test(token),
    async authenticate(token) {
      return principalOfClaims(await verifier.verify(token, settings), settings);
    },
  };
}
