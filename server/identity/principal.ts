import type { Actor, Identity, Permission, StagewireError } from '@stagewire/shared';
import { contract, type ProcedurePath } from '@stagewire/shared/contract';
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
  /** It has a link to a run of `owner`: it can access that run only, and has no permissions. @default it has none */
  readonly link?: NonNullable<Identity['link']>;
  /** When its credential expires, in milliseconds since the Unix epoch; its connections are closed then. @default never */
  readonly expiresAtMs?: number;
  /** Names a credential that can be revoked, as `<kind>:<id>`, without its secret. @default it cannot be revoked */
  readonly credential?: string;
  /** It signed in to a session, which it can end. @default false */
  readonly session?: boolean;
}

/** A run, and whom it belongs to. */
export interface RunOfOwner {
  readonly runId: string;
  readonly owner: string;
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

/** Why it may not call a procedure, apart from whose runs it can access; `undefined` if it may. */
export function refusalToCall(principal: Principal, path: ProcedurePath): StagewireError | undefined {
  const { permission, link } = contract[path];
  if (principal.link !== undefined) {
    const isPermitted = link === 'read' || (link === 'control' && principal.link.may === 'control');
    return isPermitted ? undefined : wireErrors.FORBIDDEN.link();
  }
  const isPermitted = permission === null || hasPermission(principal, permission);
  return isPermitted ? undefined : wireErrors.FORBIDDEN.permission(permission);
}

/** @throws StagewireError FORBIDDEN */
export function requireRightToCall(principal: Principal, path: ProcedurePath): void {
  const refusal = refusalToCall(principal, path);
  if (refusal !== undefined) throw refusal;
}

/** The owners whose runs it can access without asking for one: an admin names any other owner explicitly. */
export function ownersOf({ owner, owners }: Principal): readonly string[] {
  return owners ?? [owner];
}

/**
 * The owner of a new run: the one that the start names; otherwise that of its source if the caller has it, so that a
 * follow-up stays where its source is; otherwise the caller's first.
 */
export function ownerOfStart(
  principal: Principal,
  { owner, sourceOwner }: { readonly owner?: string | undefined; readonly sourceOwner?: string },
): string {
  if (owner !== undefined) return owner;
  if (sourceOwner !== undefined && ownersOf(principal).includes(sourceOwner)) return sourceOwner;
  return principal.owner;
}

/**
 * The owners that a list, a feed or a start is for: the one that it names, or all that the caller has without naming one.
 * The error is the same whether or not the owner exists.
 *
 * @throws StagewireError FORBIDDEN
 */
export function requireOwners(principal: Principal, owner: string | undefined): readonly string[] {
  if (owner === undefined) return ownersOf(principal);
  if (!canNameOwner(principal, owner)) throw wireErrors.FORBIDDEN.owner();
  return [owner];
}

function canNameOwner(principal: Principal, owner: string): boolean {
  return ownersOf(principal).includes(owner) || principal.permissions.includes('admin');
}

/** Can it access this run? To anyone else it looks like a run that does not exist. */
export function canAccess(principal: Principal, { runId, owner }: RunOfOwner): boolean {
  if (principal.link !== undefined && principal.link.runId !== runId) return false;
  return canNameOwner(principal, owner);
}
