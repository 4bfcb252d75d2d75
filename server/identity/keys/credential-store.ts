import type { Permission } from '@stagewire/shared';
import type { AuditActor } from '../audit-trail.ts';

/** An access key as it is stored. Instants are milliseconds since the Unix epoch. */
export interface StoredKey {
  readonly id: string;
  /** SHA-256 of the key, in hexadecimal. */
  readonly hash: string;
  readonly name: string;
  readonly owner: string;
  readonly kind: 'user' | 'bot';
  readonly permissions: readonly Permission[];
  readonly createdAtMs: number;
  readonly expiresAtMs?: number;
  readonly revokedAtMs?: number;
}

/** Stores access keys. Several processes may use one store at the same time. */
export interface CredentialStore {
  /**
   * Stores a key durably, unless its id is taken. Resolves with the key of this id.
   *
   * @param by Who creates it: with the key an audit record is stored, both or none. @default there is no record
   */
  add(key: StoredKey, by?: AuditActor): Promise<StoredKey>;
  find(id: string): Promise<StoredKey | undefined>;
  /** All keys, newest first. */
  list(): Promise<readonly StoredKey[]>;
  /**
   * Revokes a key durably; the instant of the first call is kept. `undefined` if there is no such key.
   *
   * @param by Who revokes it, as in `add`.
   */
  revoke(id: string, atMs: number, by?: AuditActor): Promise<StoredKey | undefined>;
  /** Differs from the value before if any process may have changed a key in between. */
  version(): Promise<string>;
  /** Idempotent. */
  close(): Promise<void>;
}
