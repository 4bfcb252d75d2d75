import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig, type Environment } from '../../server/process/config.ts';
import { environmentSecrets } from '../../server/process/environment-secrets.ts';

const usual = {
  STAGEWIRE_AUTH: 'jwt',
  STAGEWIRE_JWT_ISSUER: 'https://login.example/realms/main/',
  STAGEWIRE_JWT_AUDIENCE: 'stagewire',
};

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}

test('the settings of tokens are read, the issuer as it is written', () => {
  expect(readConfig(usual)).toMatchObject({
    auth: ['jwt'],
    jwt: { issuer: 'https://login.example/realms/main/', audience: 'stagewire' },
  });
  const { jwt, secrets, auth } = readConfig({
    ...usual,
    STAGEWIRE_AUTH: 'jwt, keys',
    STAGEWIRE_JWT_OWNER_CLAIM: 'https://example.org/team',
    STAGEWIRE_JWT_PERMISSIONS_CLAIM: 'scope',
    STAGEWIRE_OIDC_CLIENT_ID: 'console',
    STAGEWIRE_OIDC_CLIENT_SECRET: 'a secret, with blanks',
  });
  expect(auth).toEqual(['keys', 'jwt']);
  expect(jwt).toMatchObject({
    ownerClaim: 'https://example.org/team',
    permissionsClaim: 'scope',
    client: { id: 'console', secret: 'a secret, with blanks' },
  });
  expect(secrets).toContain('a secret, with blanks');
  expect(readConfig({}).jwt).toBeUndefined();
});

describe.each([
  [
    'without issuer',
    { STAGEWIRE_JWT_ISSUER: '' },
    /^STAGEWIRE_AUTH=jwt needs STAGEWIRE_JWT_ISSUER\. Set it to/,
  ],
  [
    'without audience',
    { STAGEWIRE_JWT_AUDIENCE: '' },
    /^STAGEWIRE_AUTH=jwt needs STAGEWIRE_JWT_AUDIENCE\. Set it to/,
  ],
  [
    'with keys only',
    { STAGEWIRE_AUTH: 'keys', STAGEWIRE_JWT_AUDIENCE: '' },
    /^STAGEWIRE_JWT_ISSUER is set, but STAGEWIRE_AUTH does not name jwt\./,
  ],
  [
    'with a name',
    { STAGEWIRE_JWT_ISSUER: 'login.example' },
    /^STAGEWIRE_JWT_ISSUER must be a URL such as https/,
  ],
  ['with a query', { STAGEWIRE_JWT_ISSUER: 'https://a.example/?x' }, /^STAGEWIRE_JWT_ISSUER must be a URL/],
  ['with a file', { STAGEWIRE_JWT_ISSUER: 'file:///etc/passwd' }, /^STAGEWIRE_JWT_ISSUER must be a URL/],
  [
    'with an issuer over http',
    { STAGEWIRE_JWT_ISSUER: 'http://login.example' },
    /^STAGEWIRE_JWT_ISSUER is not an https URL.*STAGEWIRE_ALLOW_PLAINTEXT=true/,
  ],
  [
    'with a secret alone',
    { STAGEWIRE_OIDC_CLIENT_SECRET: 'secret' },
    /^STAGEWIRE_OIDC_CLIENT_SECRET is set without STAGEWIRE_OIDC_CLIENT_ID/,
  ],
  [
    'with blanks in an audience',
    { STAGEWIRE_JWT_AUDIENCE: 'a b' },
    /^STAGEWIRE_JWT_AUDIENCE must be printable ASCII without spaces/,
  ],
])('jwt %s', (_name, env, sentence) => {
  test('is rejected in one sentence', () => {
    expect(problemsOf({ ...usual, ...env })).toEqual([expect.stringMatching(sentence)]);
  });
});

test.each([
  { STAGEWIRE_JWT_ISSUER: 'http://127.0.0.1:8080' },
  { STAGEWIRE_JWT_ISSUER: 'http://login.example', STAGEWIRE_ALLOW_PLAINTEXT: 'true' },
])('an issuer over http is accepted on this machine or in a private network: %j', (env) => {
  expect(problemsOf({ ...usual, ...env })).toEqual([]);
});

test('the client secret is redacted everywhere, wherever it is', () => {
  const { redact } = environmentSecrets({ STAGEWIRE_OIDC_CLIENT_SECRET: 'correct-horse-battery' });
  expect(redact('x correct-horse-battery y')).not.toContain('correct-horse');
});
