import { describe, expect, test } from 'vitest';
import { principalOfClaims } from '../../server/identity/jwt/principal-of-claims.ts';
import { allPermissions } from '../../server/identity/principal.ts';

const claims = { iss: 'https://issuer.example', sub: 'u-1', exp: 1_000_000 };
const of = (more: object, settings: Parameters<typeof principalOfClaims>[1] = {}) =>
  principalOfClaims({ ...claims, ...more }, settings);
const rejection = (message: RegExp) =>
  expect.objectContaining({ code: 'UNAUTHENTICATED', message: expect.stringMatching(message) as string });
const thrown = (attempt: () => unknown): unknown => {
  try {
    attempt();
  } catch (error) {
    return error;
  }
  return undefined;
};

test('a token without settings is a user who owns its runs, may all but administer, and ends after the skew', () => {
  expect(of({ name: 'Ada' })).toEqual({
    actor: { id: 'jwt:u-1', kind: 'user', name: 'Ada' },
    owner: 'u-1',
    owners: ['u-1'],
    permissions: allPermissions,
    expiresAtMs: 1_000_060_000,
  });
});

describe('the owner', () => {
  test('is the configured claim, or each entry of it, the first by default', () => {
    expect(of({ team: 'red' }, { ownerClaim: 'team' })).toMatchObject({ owner: 'red', owners: ['red'] });
    expect(of({ groups: ['b', 'a', 'b'] }, { ownerClaim: 'groups' })).toMatchObject({
      owner: 'b',
      owners: ['b', 'a'],
    });
  });

  test('may be an email address that the issuer has verified, and no other', () => {
    const settings = { ownerClaim: 'email' };
    expect(of({ email: 'a@b.example', email_verified: true }, settings).owner).toBe('a@b.example');
    for (const email_verified of [undefined, false, 'true', 1, null]) {
      expect(thrown(() => of({ email: 'a@b.example', email_verified }, settings))).toEqual(
        rejection(/email address .* not verified/),
      );
    }
    expect(thrown(() => of({ email: ['a@b.example', 'x'], email_verified: true }, settings))).toEqual(
      rejection(/claim email/),
    );
  });

  test.each([
    ['missing', undefined, /is missing/],
    ['an empty list', [], /is empty/],
    ['an empty text', '', /must be text/],
    ['blank', ' ', /must be text/],
    ['a number', 7, /must be text/],
    ['null', null, /must be text/],
    ['an object', { name: 'red' }, /must be text/],
    ['a list in a list', [['red']], /must be text/],
    ['a list with a number', ['red', 7], /must be text/],
    ['too long', 'x'.repeat(101), /must be text/],
    ['with a control character', 'red\u0007', /must be text/],
    ['with a direction override', 'red\u202e', /must be text/],
    ['with half a character', 'red\ud800', /must be text/],
    // Trimmed it would be the owner `red`, whose runs are of others.
    ['with a space at its end', 'red ', /must be text/],
    ['with a line break', '\nred', /must be text/],
    ['more than 100', Array.from({ length: 101 }, (_, at) => `g${at}`), /more than 100 owners/],
  ])('that is %s is rejected', (_name, team, message) => {
    expect(thrown(() => of({ team }, { ownerClaim: 'team' }))).toEqual(rejection(message));
  });

  test('is not found in the prototype of the claims', () => {
    for (const ownerClaim of ['constructor', '__proto__', 'toString']) {
      expect(thrown(() => of({}, { ownerClaim }))).toEqual(rejection(/is missing/));
    }
  });
});

describe('permissions', () => {
  const settings = { permissionsClaim: 'scope' };

  test.each([
    ['a list', ['runs:read', 'admin'], ['runs:read', 'admin']],
    ['a scope', 'openid runs:start runs:read', ['runs:read', 'runs:start']],
    ['unknown names', ['Runs:Read', 'runs:*', 'runs', 'ADMIN', 'admin '], []],
    ['a list of other things', [1, null, ['admin'], { admin: true }], []],
    ['a map', { admin: true }, []],
    ['a flag', true, []],
    ['commas', 'runs:read,admin', []],
    ['nothing', undefined, []],
  ])('of %s', (_name, scope, expected) => {
    expect(of({ scope }, settings).permissions).toEqual(expected);
  });

  test('of a claim that is not configured are ignored', () => {
    expect(of({ scope: 'admin', permissions: ['admin'] }).permissions).not.toContain('admin');
  });
});

describe('the actor', () => {
  test.each([
    ['client credentials', { client_id: 'u-1' }],
    ['an app of Entra ID', { idtyp: 'app' }],
    ['a machine of Auth0', { gty: 'client-credentials' }],
    ['a service account of Keycloak', { azp: 'ci', preferred_username: 'service-account-ci' }],
  ])('of %s is a bot', (_name, more) => {
    expect(of(more).actor).toMatchObject({ id: 'jwt:u-1', kind: 'bot' });
  });

  test('of another client than the subject is a user', () => {
    expect(of({ client_id: 'console', azp: 'console', preferred_username: 'ada' }).actor.kind).toBe('user');
  });

  test.each([
    [{ name: '', preferred_username: 'ada' }, 'ada'],
    [{ name: 7, email: 'a@b.example' }, 'a@b.example'],
    [{ name: ' Ada\u001b[31m\u202eLovelace\n' }, 'Ada [31m Lovelace'],
    [{ name: '\u0000' }, undefined],
    [{ name: '😀'.repeat(200) }, '😀'.repeat(100)],
    [{}, undefined],
  ])('has a name that is safe to show: %j', (more, name) => {
    expect(of(more).actor.name).toBe(name);
  });

  test.each(['', ' ', 'a\u0000b', 'x'.repeat(101)])('has no other id than a name: %j', (sub) => {
    expect(thrown(() => of({ sub }))).toEqual(rejection(/claim sub/));
  });
});

test.each([1e300, Infinity, 8.64e15])('an expiry of %d stays an instant', (exp) => {
  const { expiresAtMs = NaN } = of({ exp });
  expect(new Date(expiresAtMs).toISOString()).toBe('+275760-09-13T00:00:00.000Z');
});
