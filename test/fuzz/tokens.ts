import { StagewireError } from '@stagewire/shared';
import { CompactSign } from 'jose';
import { createJwtMethod } from '../../server/identity/jwt/jwt-method.ts';
import { ownersOf, type Principal } from '../../server/identity/principal.ts';
import { makeSigningKey, tokenIssuer } from '../support/token-issuer.ts';
import { createDice, type Dice } from './dice.ts';
import type { Fuzzer } from './fuzzer.ts';

/** Tokens that were changed, forged or are odd: accepted exactly if the issuer has signed them and they are for this server. */
export const tokens: Fuzzer = {
  name: 'tokens',
  shortSeeds: 150,
  async open() {
    const keys = [await makeSigningKey('one'), await makeSigningKey('two', 'EdDSA')] as const;
    const stranger = await makeSigningKey('one');
    const scene = await tokenIssuer({ keys });
    const settings = {
      issuer: 'https://issuer.example',
      audience: 'stagewire',
      ownerClaim: 'team',
      permissionsClaim: 'roles',
    };
    const method = createJwtMethod({ settings, verifier: scene.verifier });
    const valid = await scene.token({ team: ['red'], roles: ['runs:read'] });

    /** `undefined` if it is rejected as it should be. */
    async function ask(token: string): Promise<Principal | undefined> {
      try {
        return await method.authenticate(token);
      } catch (error) {
        if (error instanceof StagewireError && error.code === 'UNAUTHENTICATED') return undefined;
        throw new Error(`${JSON.stringify(token)}: ${String(error)}`, { cause: error });
      }
    }

    async function playChanged(dice: Dice): Promise<void> {
      const changed = mutated(valid, dice);
      const accepted = (await ask(changed)) !== undefined;
      if (accepted !== isSame(changed, valid)) {
        throw new Error(`${changed} was ${accepted ? 'accepted' : 'rejected'}`);
      }
    }

    async function playSigned(dice: Dice): Promise<void> {
      const key = dice.pick([...keys, stranger]);
      const claims = { ...usualClaims(scene.nowSeconds()), ...oddClaims(dice) };
      const header = { alg: key.alg, kid: key.kid, ...oddHeader(dice) };
      const signed = await new CompactSign(Buffer.from(JSON.stringify(claims)))
        .setProtectedHeader(header)
        .sign(key.privateKey)
        .catch(() => undefined);
      // Not every header can be signed with.
      if (signed === undefined) return;
      const principal = await ask(signed);
      if (principal === undefined) return;
      if (key === stranger) throw new Error(`${signed} of another issuer was accepted`);
      checkPrincipal(principal, claims, scene.clock.now());
    }

    return {
      async play(seed) {
        const dice = createDice('tokens', seed);
        for (let count = 0; count < 4; count += 1) {
          await playChanged(dice);
          await playSigned(dice);
        }
        if ((await ask(valid)) === undefined) throw new Error('the valid token is rejected now');
      },
      async [Symbol.asyncDispose]() {
        scene.provider.close();
      },
    };
  },
};

function usualClaims(now: number): Record<string, unknown> {
  return {
    iss: 'https://issuer.example',
    aud: 'stagewire',
    sub: 'ada',
    team: 'red',
    roles: 'runs:read',
    iat: now,
    exp: now + 300,
  };
}

/** What a principal must be, whatever is in its token. */
function checkPrincipal(principal: Principal, claims: Record<string, unknown>, nowMs: number): void {
  const names = [principal.actor.id.slice('jwt:'.length), ...ownersOf(principal)];
  const given = [claims['sub'], claims['team']].flat();
  const wrong = [
    names.some((name) => !given.includes(name)) && 'a name that is not in the token',
    names.some((name) => /\p{C}/u.test(name) || name.trim() !== name || name === '') && 'an odd name',
    /\p{C}/u.test(principal.actor.name ?? '') && 'an odd name of the actor',
    principal.permissions.some((it) => !JSON.stringify(claims['roles']).includes(it)) &&
      'too many permissions',
    !((principal.expiresAtMs ?? 0) > nowMs) && 'an expiry that is past',
    claims['iss'] !== 'https://issuer.example' && 'another issuer',
    ![claims['aud']].flat().includes('stagewire') && 'another audience',
  ].filter((problem) => problem !== false);
  if (wrong.length > 0)
    throw new Error(`${JSON.stringify(claims)} gave ${wrong.join(', ')}: ${JSON.stringify(principal)}`);
  // The last instant is one that can be shown.
  new Date(principal.expiresAtMs ?? 0).toISOString();
}

/** The same bytes: a signature's last char has bits without a meaning. */
function isSame(one: string, other: string): boolean {
  const [a, b] = [one.split('.'), other.split('.')];
  const bytes = (text = '') => Buffer.from(text, 'base64url').toString('hex');
  return (
    a.length === 3 &&
    a[0] === b[0] &&
    a[1] === b[1] &&
    /^[\w-]+$/.test(a[2] ?? '') &&
    bytes(a[2]) === bytes(b[2])
  );
}

function mutated(token: string, dice: Dice): string {
  const at = dice.below(token.length);
  const parts = token.split('.');
  const others = ['', '.', '=', ' ', '\n', 'A', '_', '-', '+', '/', 'é', '\u0000'] as const;
  switch (dice.below(8)) {
    case 0:
      return token.slice(0, at) + dice.pick(others) + token.slice(at + 1);
    case 1:
      return token.slice(0, at) + dice.pick(others) + token.slice(at);
    case 2:
      return token.slice(0, at);
    case 3:
      return parts.map((part) => (dice.isLucky(0.3) ? '' : part)).join('.');
    case 4:
      return parts.toSorted(() => dice.pick([-1, 1])).join('.');
    case 5:
      return [...parts.slice(0, 2), dice.bytes(64).toString('base64url')].join('.');
    case 6:
      return [...parts, dice.text(20)].join('.');
    default:
      return parts.map((part) => (dice.isLucky(0.3) ? changedJson(part, dice) : part)).join('.');
  }
}

function changedJson(part: string, dice: Dice): string {
  const text = Buffer.from(part, 'base64url').toString('utf8');
  const at = dice.below(Math.max(1, text.length));
  return Buffer.from(text.slice(0, at) + dice.text(3) + text.slice(at + 1)).toString('base64url');
}

function oddValue(dice: Dice): unknown {
  return dice.pick<() => unknown>([
    () => dice.text(120),
    () => dice.below(2) === 0,
    () => null,
    () => dice.pick([0, -1, 1e300, 1.5, 9e15, 1_767_225_600, 1_767_225_900]),
    () => ['red', dice.text(5)],
    () => Array.from({ length: dice.below(120) }, (_, index) => `g${index}`),
    () => ({ [dice.text(5)]: dice.text(5) }),
    () => [],
    () => 'admin runs:read',
    () => 'stagewire',
  ])();
}

function oddClaims(dice: Dice): Record<string, unknown> {
  const names = [
    'iss',
    'aud',
    'sub',
    'exp',
    'nbf',
    'iat',
    'team',
    'roles',
    'name',
    'email',
    'events',
    'azp',
    '__proto__',
    'idtyp',
  ] as const;
  return Object.fromEntries(
    Array.from({ length: dice.below(4) }, () => [dice.pick(names), oddValue(dice)] as const),
  );
}

function oddHeader(dice: Dice): Record<string, unknown> {
  if (dice.isLucky(0.5)) return {};
  const name = dice.pick(['typ', 'kid', 'jwk', 'jku', 'x5u', 'cty', 'crit', 'b64', 'zip'] as const);
  return {
    [name]: name === 'typ' ? dice.pick(['JWT', 'at+jwt', 'logout+jwt', dice.text(8)]) : oddValue(dice),
  };
}
