import type { AuthMethod } from '@stagewire/shared';
import { z } from 'zod';
import type { JwtSettings } from '../identity/jwt/jwt-settings.ts';
import { isLoopback } from '../runtime/is-loopback.ts';

/** STAGEWIRE_JWT_ISSUER: the text is compared with the claim `iss`, so it stays as it is written. */
const issuer = z.string().superRefine((text, context) => {
  const url = URL.parse(text);
  const isWeb = url !== null && /^https?:$/.test(url.protocol);
  if (isWeb && url.username + url.password === '' && !/[?#]/.test(text)) return;
  const message =
    'must be a URL such as https://login.example.org/realms/main, without user, query and fragment';
  context.addIssue({ code: 'custom', message });
});

const claim = z.string().max(200, 'must be the name of a claim, of at most 200 characters');
const identifier = z.string().regex(/^[\x21-\x7e]{1,500}$/, 'must be printable ASCII without spaces');

/** The variables of the method `jwt`. */
export const jwtVariables = {
  STAGEWIRE_JWT_ISSUER: issuer.optional(),
  STAGEWIRE_JWT_AUDIENCE: identifier.optional(),
  STAGEWIRE_JWT_OWNER_CLAIM: claim.optional(),
  STAGEWIRE_JWT_PERMISSIONS_CLAIM: claim.optional(),
  STAGEWIRE_OIDC_CLIENT_ID: identifier.optional(),
  STAGEWIRE_OIDC_CLIENT_SECRET: z
    .string()
    .regex(/^[\x20-\x7e]{1,1000}$/, 'must be printable ASCII')
    .optional(),
} as const;

type Given = { readonly [Name in keyof typeof jwtVariables]?: string | undefined } & {
  readonly STAGEWIRE_AUTH: readonly AuthMethod[];
  readonly STAGEWIRE_ALLOW_PLAINTEXT?: boolean | undefined;
};

/** What is missing or superfluous, as sentences. */
export function jwtProblems(given: Given): string[] {
  const set = Object.keys(jwtVariables).filter((name) => Object.hasOwn(given, name));
  const isOn = given.STAGEWIRE_AUTH.includes('jwt');
  if (!isOn) {
    return set.map(
      (name) =>
        `${name} is set, but STAGEWIRE_AUTH does not name jwt. Add jwt to STAGEWIRE_AUTH, or unset it.`,
    );
  }
  const problems = required.flatMap(([name, meaning]) =>
    given[name] === undefined ? [`STAGEWIRE_AUTH=jwt needs ${name}. ${meaning}`] : [],
  );
  if (given.STAGEWIRE_OIDC_CLIENT_SECRET !== undefined && given.STAGEWIRE_OIDC_CLIENT_ID === undefined) {
    problems.push(
      'STAGEWIRE_OIDC_CLIENT_SECRET is set without STAGEWIRE_OIDC_CLIENT_ID. Set the id of the client too.',
    );
  }
  const { protocol, hostname } = URL.parse(given.STAGEWIRE_JWT_ISSUER ?? '') ?? {};
  if (protocol === 'http:' && !isLoopback(hostname ?? '') && given.STAGEWIRE_ALLOW_PLAINTEXT !== true) {
    problems.push(
      'STAGEWIRE_JWT_ISSUER is not an https URL, so that others on the network could replace its keys: use the https URL, ' +
        'or set STAGEWIRE_ALLOW_PLAINTEXT=true if the network is private.',
    );
  }
  return problems;
}

const required = [
  [
    'STAGEWIRE_JWT_ISSUER',
    'Set it to the URL of the OpenID provider, exactly as in the claim iss of its tokens.',
  ],
  ['STAGEWIRE_JWT_AUDIENCE', 'Set it to the name of this server in the claim aud of the tokens.'],
] as const;

/** The settings of the method `jwt`; `undefined` without it. */
export function jwtSettingsOf(given: Given): JwtSettings | undefined {
  const { STAGEWIRE_AUTH, STAGEWIRE_JWT_ISSUER: issuer, STAGEWIRE_JWT_AUDIENCE: audience } = given;
  if (!STAGEWIRE_AUTH.includes('jwt') || issuer === undefined || audience === undefined) return undefined;
  const {
    STAGEWIRE_JWT_OWNER_CLAIM: ownerClaim,
    STAGEWIRE_JWT_PERMISSIONS_CLAIM: permissionsClaim,
    STAGEWIRE_OIDC_CLIENT_ID: id,
    STAGEWIRE_OIDC_CLIENT_SECRET: secret,
  } = given;
  return {
    issuer,
    audience,
    ...(ownerClaim !== undefined && { ownerClaim }),
    ...(permissionsClaim !== undefined && { permissionsClaim }),
    ...(id !== undefined && { client: { id, ...(secret !== undefined && { secret }) } }),
  };
}
