import { createHash } from 'node:crypto';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { TokenMethod } from '../identify.ts';
import { createCodeFlow, type CodeFlow } from './code-flow.ts';
import { createIdentityProvider } from './identity-provider.ts';
import { createJwtMethod } from './jwt-method.ts';
import type { JwtSettings } from './jwt-settings.ts';
import { createProviderFetch } from './provider-fetch.ts';
import { createTokenVerifier } from './token-verifier.ts';

export interface OpenJwtOptions {
  readonly settings: JwtSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The tokens of one OpenID provider. */
export interface OpenedJwt {
  readonly method: TokenMethod;
  /** `jwt:<id>`, different for other settings: what a session is bound to, since a token cannot be revoked. */
  readonly credential: string;
  /** `undefined` without a client: people cannot sign in then. */
  readonly codeFlow: CodeFlow | undefined;
  /** The provider and the client, as in `server.info`. `undefined` without a client. */
  readonly oidc: { readonly issuer: string; readonly clientId: string } | undefined;
  close(): Promise<void>;
}

/** Begins to read the keys of the provider, without waiting for them. */
export function openJwt({ settings, clock, logger }: OpenJwtOptions): OpenedJwt {
  const { issuer, client } = settings;
  const { fetch, close } = createProviderFetch({ clock });
  const provider = createIdentityProvider({ issuer, fetch, clock, logger });
  const verifier = createTokenVerifier({ provider, issuer, clock });
  return {
    credential: credentialOf(settings),
    method: createJwtMethod({ settings, verifier }),
    codeFlow:
      client === undefined ? undefined : createCodeFlow({ settings, client, provider, verifier, fetch }),
    oidc: client === undefined ? undefined : { issuer, clientId: client.id },
    async close() {
      provider.close();
      await close();
    },
  };
}

/** The secret of the client does not matter: replacing it must not sign users out. */
function credentialOf({ issuer, audience, ownerClaim, permissionsClaim, client }: JwtSettings): string {
  const settings = JSON.stringify([issuer, audience, ownerClaim, permissionsClaim, client?.id]);
  return `jwt:${createHash('sha256').update(settings).digest('hex').slice(0, 32)}`;
}
