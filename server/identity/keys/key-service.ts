import { isDeepStrictEqual } from 'node:util';
import type { AccessKey } from '@stagewire/shared';
import type { NewAccessKey } from '@stagewire/shared/keys';
import { Permission } from '@stagewire/shared/primitives';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Clock } from '../../runtime/clock.ts';
import type { AuditActor } from '../audit-trail.ts';
import { allPermissions } from '../principal.ts';
import type { CredentialStore, StoredKey } from './credential-store.ts';

/** Administers access keys: for the procedures `keys.*`, and for the commands that write the data directory. */
export interface KeyService {
  /** Idempotent. @throws StagewireError KEY_ID_CONFLICT, INVALID_INPUT */
  create(input: NewAccessKey, by: AuditActor): Promise<AccessKey>;
  /** All keys, newest first. */
  list(): Promise<AccessKey[]>;
  /** Idempotent. @throws StagewireError KEY_NOT_FOUND */
  revoke(id: string, by: AuditActor): Promise<AccessKey>;
}

export interface KeyServiceOptions {
  readonly store: CredentialStore;
  readonly clock: Pick<Clock, 'now'>;
}

export function createKeyService({ store, clock }: KeyServiceOptions): KeyService {
  return {
    async create(input, by) {
      const known = await store.find(input.id);
      const wanted = storedOf(input, known?.createdAtMs ?? clock.now());
      if (known === undefined && (wanted.expiresAtMs ?? Infinity) <= clock.now()) {
        throw wireErrors.INVALID_INPUT.fields([{ field: 'expiresAt', message: 'is in the past' }]);
      }
      const stored = known ?? (await store.add(wanted, by));
      const { createdAtMs, revokedAtMs } = stored;
      const same = { ...wanted, createdAtMs, ...(revokedAtMs !== undefined && { revokedAtMs }) };
      if (!isDeepStrictEqual(stored, same)) throw wireErrors.KEY_ID_CONFLICT(input.id);
      return shownKey(stored);
    },
    list: async () => (await store.list()).map(shownKey),
    async revoke(id, by) {
      const key = await store.revoke(id, clock.now(), by);
      if (key === undefined) throw wireErrors.KEY_NOT_FOUND(id);
      return shownKey(key);
    },
  };
}

function storedOf(input: NewAccessKey, createdAtMs: number): StoredKey {
  const { id, hash, name, owner = name, kind, expiresAt } = input;
  const permissions: readonly Permission[] = input.permissions ?? allPermissions;
  const granted = Permission.options.filter((permission) => permissions.includes(permission));
  const key = { id, hash, name, owner, kind, permissions: granted, createdAtMs };
  return expiresAt === undefined ? key : { ...key, expiresAtMs: Date.parse(expiresAt) };
}

function shownKey(key: StoredKey): AccessKey {
  const { id, name, owner, kind, permissions, createdAtMs, expiresAtMs, revokedAtMs } = key;
  return {
    id,
    name,
    owner,
    kind,
    permissions: [...permissions],
    createdAt: instantOf(createdAtMs),
    ...(expiresAtMs !== undefined && { expiresAt: instantOf(expiresAtMs) }),
    ...(revokedAtMs !== undefined && { revokedAt: instantOf(revokedAtMs) }),
  };
}

function instantOf(ms: number): string {
  return new Date(ms).toISOString();
}
