import { Permission } from '@stagewire/shared/primitives';
import type { StoredKey } from './credential-store.ts';

/** A row of the table `access_keys`, in either database. */
export function keyOf(row: Readonly<Record<string, unknown>> | undefined): StoredKey | undefined {
  if (row === undefined) return undefined;
  const expiresAtMs = row['expires_at_ms'];
  const revokedAtMs = row['revoked_at_ms'];
  return {
    id: String(row['id']),
    hash: String(row['hash']),
    name: String(row['name']),
    owner: String(row['owner']),
    kind: row['kind'] === 'bot' ? 'bot' : 'user',
    permissions: permissionsIn(String(row['permissions'])),
    createdAtMs: Number(row['created_at_ms']),
    ...(expiresAtMs !== null && { expiresAtMs: Number(expiresAtMs) }),
    ...(revokedAtMs !== null && { revokedAtMs: Number(revokedAtMs) }),
  };
}

/** Those that this version knows: a permission of a later version gives nothing. */
function permissionsIn(json: string): readonly Permission[] {
  const names: unknown = JSON.parse(json);
  return Array.isArray(names) ? Permission.options.filter((name) => names.includes(name)) : [];
}
