import { describe, expect, test } from 'vitest';
import { AccessCheck } from '../../server/api/access-check.ts';
import type { Caller } from '../../server/identity/caller-identity.ts';
import { localPrincipal, type Principal } from '../../server/identity/principal.ts';
import { codeOf } from '../../client/index.ts';

/** A subscription that was opened with the first of these owners, whose connection then gets another identity. */
function endOf(before: readonly string[], after: Partial<Principal>, feed?: readonly string[]) {
  const principal: Principal = { ...localPrincipal, owner: before[0] ?? '', owners: before };
  const identity: { caller: Caller } = { caller: { status: 'accepted', principal } };
  const access = new AccessCheck({ principal, identity }, { owners: feed ?? before });
  access.check();
  identity.caller = { status: 'accepted', principal: { ...principal, ...after } };
  try {
    access.check();
    return undefined;
  } catch (error) {
    return codeOf(error);
  }
}

describe('an open feed', () => {
  test('ends when the identity can access one of its owners no longer', () => {
    expect(endOf(['ann', 'bob'], { owners: ['ann'] })).toBe('FORBIDDEN');
    expect(endOf(['ann', 'bob'], { owners: ['ann'], permissions: [] })).toBe('FORBIDDEN');
  });

  test('continues when owners are added, or when one is lost that it is not for', () => {
    expect(endOf(['ann'], { owners: ['ann', 'bob'] })).toBeUndefined();
    expect(endOf(['ann', 'bob'], { owners: ['ann'] }, ['ann'])).toBeUndefined();
  });

  test('of a foreign owner ends when an admin is one no longer', () => {
    expect(endOf(['ann'], { permissions: ['admin'] }, ['carl'])).toBeUndefined();
    expect(endOf(['ann'], { permissions: ['runs:read'] }, ['carl'])).toBe('FORBIDDEN');
  });
});
