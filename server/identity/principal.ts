import type { Actor, Permission } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';

/** An authenticated caller: who it is, whose runs it can access, and what it may do with them. */
export interface Principal {
  /** Its identity in events. */
  readonly actor: Actor;
  /** The owner of the runs that it starts, unless a start names another one of `owners`. */
  readonly owner: string;
  /** The owners whose runs it can access, `owner` among them. @default only `owner` */
  readonly owners?: readonly string[];
  /** `admin` includes all others, and access to the runs of every owner. */
  readonly permissions: readonly Permission[];
  /** When its credential expires, in milliseconds since the Unix epoch; its connections are closed then. @default never */
  readonly expiresAtMs?: number;
  /** Names a credential that can be revoked, as `<kind>:<id>`, without its secret. @default it cannot be revoked */
  readonly credential?: string;
}

/** All permissions but `admin`. */
export const allPermissions = [
  'runs:read',
  'runs:start',
  'runs:control',
  'runs:delete',
  'metrics:read',
] as const satisfies readonly Permission[];

/** Without authentication every caller is the same local user. */
export const localPrincipal: Principal = {
  actor: { id: 'local', kind: 'anonymous' },
  owner: 'local',
  permissions: allPermissions,
};

export function hasPermission({ permissions }: Principal, permission: Permission): boolean {
  return permissions.includes(permission) || permissions.includes('admin');
}

/** @throws StagewireError FORBIDDEN */
export function requirePermission(principal: Principal, permission: Permission): void {
  if (!hasPermission(principal, permission)) throw wireErrors.FORBIDDEN.permission(permission);
}

/** The owners whose runs it can access without asking for one: an admin names any other owner explicitly. */
export function ownersOf({ owner, owners }: Principal): readonly string[] {
  return owners ?? [owner];
}

/** Can it access the runs of this owner? To anyone else they look like runs that do not exist. */
export function canAccess(principal: Principal, owner: string): boolean {
  return ownersOf(principal).includes(owner) || principal.permissions.includes('admin');
}
