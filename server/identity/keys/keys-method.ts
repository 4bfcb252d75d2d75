import { timingSafeEqual } from 'node:crypto';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { CredentialSource, TokenMethod } from '../identify.ts';
import type { Principal } from '../principal.ts';
import type { CredentialStore, StoredKey } from './credential-store.ts';
import { hashOfKey, idOfKey } from './key-text.ts';

export interface KeysMethodOptions {
  readonly store: CredentialStore;
  readonly clock: Pick<Clock, 'now'>;
}

/** Compared with where no key has the id, so that the comparison takes as long. No text has this hash. */
const noHash = Buffer.alloc(32);

/** Authenticates by access keys. Only the holder of the secret learns that a key has expired or was revoked. */
export function createKeysMethod({ store, clock }: KeysMethodOptions): TokenMethod & CredentialSource {
  /** @throws StagewireError UNAUTHENTICATED */
  function usable(key: StoredKey): Principal {
    if (key.revokedAtMs !== undefined) throw wireErrors.UNAUTHENTICATED.revoked();
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= clock.now()) {
      throw wireErrors.UNAUTHENTICATED.expired();
    }
    return principalOf(key);
  }

  return {
    kind: 'key',
    recognizes: (token) => token.startsWith('swk_'),
    async authenticate(token) {
      const id = idOfKey(token);
      if (id === undefined) throw wireErrors.UNAUTHENTICATED.unknownToken();
      const key = await store.find(id);
      const isSame = timingSafeEqual(hashOfKey(token), storedHash(key));
      if (key === undefined || !isSame) throw wireErrors.UNAUTHENTICATED.unknownToken();
      return usable(key);
    },
    version: () => store.version(),
    async current(credential) {
      const key = await store.find(credential.slice('key:'.length));
      if (key === undefined) throw wireErrors.UNAUTHENTICATED.revoked();
      return usable(key);
    },
  };
}

function storedHash(key: StoredKey | undefined): Buffer {
  const hash = Buffer.from(key?.hash ?? '', 'hex');
  return hash.length === noHash.length ? hash : noHash;
}

function principalOf({ id, name, owner, kind, permissions, expiresAtMs }: StoredKey): Principal {
  const credential = `key:${id}`;
  return {
    actor: { id: credential, kind, name },
    owner,
    permissions,
    credential,
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  };
}
