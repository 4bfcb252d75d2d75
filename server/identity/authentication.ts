import type { AuthMethod } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import { createAttemptLimiter } from './attempt-limiter.ts';
import { createIdentify } from './create-identify.ts';
import type { CredentialSource, Identify, IdentifyToken, TokenMethod } from './identify.ts';
import { createKeyService, type KeyService } from './keys/key-service.ts';
import { createKeysMethod } from './keys/keys-method.ts';
import { createSqliteCredentialStore } from './keys/sqlite-credential-store.ts';
import { createLiveIdentities, type LiveIdentities } from './live-identities.ts';

export interface AuthenticationOptions {
  /** The ways that are accepted. */
  readonly methods: readonly AuthMethod[];
  /** Path of the database of access keys; used with the method `keys` only. */
  readonly accessPath: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** How a server authenticates its callers, for as long as it runs. */
export interface Authentication {
  readonly methods: readonly AuthMethod[];
  readonly identify: Identify;
  readonly identifyToken: IdentifyToken;
  readonly live: LiveIdentities;
  /** `undefined` without the method `keys`. */
  readonly keys: KeyService | undefined;
  close(): Promise<void>;
}

/**
 * Opens what the methods need; `undefined` if there are none.
 *
 * @throws AccessUnusable
 */
export function openAuthentication(options: AuthenticationOptions): Authentication | undefined {
  const { methods, accessPath, clock, logger } = options;
  if (methods.length === 0) return undefined;
  const store = methods.includes('keys') ? createSqliteCredentialStore(accessPath) : undefined;
  const tokens: TokenMethod[] = [];
  const sources: CredentialSource[] = [];
  if (store !== undefined) {
    const method = createKeysMethod({ store, clock });
    tokens.push(method);
    sources.push(method);
  }
  const limiter = createAttemptLimiter({
    clock,
    onLimited: (address) =>
      logger.warn(
        { address },
        'too many failed attempts to authenticate from this address; rejecting further ones',
      ),
  });
  const live = createLiveIdentities({ clock, sources, logger });
  return {
    methods,
    ...createIdentify({ methods: tokens, limiter }),
    live,
    keys: store === undefined ? undefined : createKeyService({ store, clock }),
    async close() {
      live.close();
      await store?.close();
    },
  };
}
