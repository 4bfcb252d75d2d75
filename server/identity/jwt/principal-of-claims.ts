import { Name } from '@stagewire/shared/keys';
import { Permission } from '@stagewire/shared/primitives';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { allPermissions, localPrincipal, type Principal } from '../principal.ts';
import type { JwtSettings } from './jwt-settings.ts';
import { clockSkewMs, type Claims } from './token-verifier.ts';

/** Owners of one token. */
const maxOwners = 100;

/** Chars of a name; longer ones are truncated. */
const maxNameChars = 100;

/** The last instant that a date can have, in milliseconds since the Unix epoch. */
const lastInstantMs = 8.64e15;

/**
 * The caller that a verified token identifies. What it may do comes from the token alone.
 *
 * @throws StagewireError UNAUTHENTICATED if the owner or the subject cannot be used as a name.
 */
export function principalOfClaims(
  claims: Claims,
  settings: Pick<JwtSettings, 'ownerClaim' | 'permissionsClaim'>,
): Principal {
  const { ownerClaim = 'sub', permissionsClaim } = settings;
  const owners = ownersIn(claims, ownerClaim);
  const name = nameIn(claims);
  return {
    actor: {
      id: `jwt:${exactName(claims.sub, 'sub')}`,
      kind: isOfProgram(claims) ? 'bot' : 'user',
      ...(name !== undefined && { name }),
    },
    owner: owners[0],
    owners,
    permissions: permissionsClaim === undefined ? allPermissions : permissionsIn(claims, permissionsClaim),
    expiresAtMs: Math.min(Math.floor(claims.exp * 1000) + clockSkewMs, lastInstantMs),
  };
}

function ownersIn(claims: Claims, name: string): readonly [string, ...string[]] {
  const value = claimOf(claims, name);
  if (value === undefined) throw wireErrors.UNAUTHENTICATED.claim(name, 'is missing');
  // An address that was not verified may be the one of another person.
  if (name === 'email' && claims['email_verified'] !== true) throw wireErrors.UNAUTHENTICATED.email();
  const values: readonly unknown[] = Array.isArray(value) && name !== 'email' ? value : [value];
  if (values.length > maxOwners) {
    throw wireErrors.UNAUTHENTICATED.claim(name, `has more than ${maxOwners} owners`);
  }
  const names = new Set(values.map((one) => exactName(one, name)));
  const isReserved = names.delete(localPrincipal.owner);
  const [first, ...others] = names;
  if (first === undefined) {
    const problem = isReserved ? `names the reserved owner ${localPrincipal.owner} only` : 'is empty';
    throw wireErrors.UNAUTHENTICATED.claim(name, problem);
  }
  return [first, ...others];
}

/** Never trimmed or truncated: two different values must not become one owner. */
function exactName(value: unknown, claim: string): string {
  const { data } = Name.safeParse(value);
  if (data !== undefined && data === value) return data;
  const problem = `must be text of 1 to ${maxNameChars} characters without spaces around it and without control characters`;
  throw wireErrors.UNAUTHENTICATED.claim(claim, problem);
}

/** The permissions in a list, or in a text such as a scope. Names that are not permissions give nothing. */
function permissionsIn(claims: Claims, name: string): readonly Permission[] {
  const value = claimOf(claims, name);
  const names: readonly unknown[] =
    typeof value === 'string' ? value.split(' ') : Array.isArray(value) ? value : [];
  return Permission.options.filter((permission) => names.includes(permission));
}

/** For people; it identifies nothing. */
function nameIn(claims: Claims): string | undefined {
  for (const claim of ['name', 'preferred_username', 'email']) {
    const value = claimOf(claims, claim);
    if (typeof value !== 'string') continue;
    const shown = Array.from(value.replaceAll(/\p{C}+/gu, ' ').trim())
      .slice(0, maxNameChars)
      .join('');
    const { data } = Name.safeParse(shown);
    if (data !== undefined) return data;
  }
  return undefined;
}

/**
 * Is it a token of a program, by client credentials? RFC 9068 has the client as the subject then; others are the signs of
 * Entra ID, Auth0 and Keycloak.
 */
function isOfProgram(claims: Claims): boolean {
  const { sub } = claims;
  if (sub === claims['client_id'] || sub === claims['azp']) return true;
  if (claims['idtyp'] === 'app' || claims['gty'] === 'client-credentials') return true;
  return claims['preferred_username'] === `service-account-${String(claims['azp'])}`;
}

function claimOf(claims: Claims, name: string): unknown {
  return Object.hasOwn(claims, name) ? claims[name] : undefined;
}
