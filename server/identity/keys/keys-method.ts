import { timingSafeEqual } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
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

/** Principals that connections share; beyond it a connection has one of its own. */
const maxPrincipals = 1000;

/** Authenticates by access keys. Only the holder of the secret learns that a key has expired or was revoked. */
export function createKeysMethod({ store, clock }: KeysMethodOptions): TokenMethod & CredentialSource {
  /** By the id of the key, the one that was used least recently first. */
  const principals = new Map<string, Principal>();

  /** The same object for all connections of a key, so that each of them takes less memory. */
  function shared(id: string, principal: Principal): Principal {
    const known = principals.get(id);
    const kept = isDeepStrictEqual(known, principal) && known !== undefined ? known : principal;
    principals.delete(id);
    principals.set(id, kept);
    const [oldest] = principals.size > maxPrincipals ? principals.keys() : [];
    if (oldest !== undefined) principals.delete(oldest);
    return kept;
  }

  /** @throws StagewireError UNAUTHENTICATED */
  function usable(key: StoredKey): Principal {
    if (key.revokedAtMs !== undefined) throw wireErrors.UNAUTHENTICATED.revoked();
    if (key.expiresAtMs !== undefined && key.expiresAtMs <= clock.now()) {
      throw wireErrors.UNAUTHENTICATED.expired();
    }
    return shared(key.id, principalOf(key));
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
