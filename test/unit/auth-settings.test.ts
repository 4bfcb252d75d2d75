import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig, type Environment } from '../../server/process/config.ts';

describe('an address that other machines can reach', () => {
  const secure = { STAGEWIRE_AUTH: 'keys', STAGEWIRE_PUBLIC_URL: 'https://stagewire.example.org' };

  test.each(['0.0.0.0', '::', '192.168.1.4', '2001:db8::1'])('needs authentication: %s', (host) => {
    expect(problemsOf({ STAGEWIRE_HOST: host })).toEqual([
      expect.stringMatching(
        /^STAGEWIRE_HOST is .*could start runs with your keys: set STAGEWIRE_AUTH=keys and create an access key with "stagewire keys create --name <you>", or use STAGEWIRE_HOST=127\.0\.0\.1\.$/,
      ),
    ]);
    expect(readConfig({ ...secure, STAGEWIRE_HOST: host })).toMatchObject({ host, auth: ['keys'] });
  });

  test.each([
    {},
    { STAGEWIRE_PUBLIC_URL: 'http://stagewire.example.org' },
    { STAGEWIRE_ALLOW_PLAINTEXT: 'false' },
  ])('needs encryption: %j', (env) => {
    const open = { STAGEWIRE_HOST: '0.0.0.0', STAGEWIRE_AUTH: 'keys', ...env };
    expect(problemsOf(open)).toEqual([
      expect.stringMatching(/is not an https URL.*STAGEWIRE_PUBLIC_URL.*STAGEWIRE_ALLOW_PLAINTEXT=true/),
    ]);
    expect(readConfig({ ...open, STAGEWIRE_ALLOW_PLAINTEXT: 'true' }).host).toBe('0.0.0.0');
  });

  test('is not made safe by an https URL alone', () => {
    expect(problemsOf({ ...secure, STAGEWIRE_AUTH: 'none', STAGEWIRE_HOST: '0.0.0.0' })).toHaveLength(1);
  });

  test.each(['example.org', '127.0.0.1.example.org', '127.1', '[::1]', '0x7f.1', '0'])(
    'is no name: %s',
    (host) => {
      expect(problemsOf({ ...secure, STAGEWIRE_HOST: host })).toEqual([
        expect.stringMatching(/^STAGEWIRE_HOST must be an IP address of this machine/),
      ]);
    },
  );
});

test.each([
  [
    { STAGEWIRE_AUTH: 'key' },
    /^STAGEWIRE_AUTH must be none, or a comma-separated list of keys, jwt, proxy; got "key"\.$/,
  ],
  [{ STAGEWIRE_AUTH: 'keys,ldap' }, /^STAGEWIRE_AUTH must be .*; got "ldap"\.$/],
  [{ STAGEWIRE_AUTH: ',' }, /^STAGEWIRE_AUTH must be .*; got ","\.$/],
  [{ STAGEWIRE_AUTH: 'none,keys' }, /^STAGEWIRE_AUTH cannot combine none with another method/],
  [{ STAGEWIRE_PUBLIC_URL: 'stagewire.example.org' }, /^STAGEWIRE_PUBLIC_URL must be a URL such as https/],
  [{ STAGEWIRE_PUBLIC_URL: 'https://a.example/?x=1' }, /^STAGEWIRE_PUBLIC_URL must be/],
  [
    { STAGEWIRE_PUBLIC_URL: 'https://me:secret-word@a.example' },
    /^STAGEWIRE_PUBLIC_URL must be((?!secret-word).)*$/,
  ],
  [{ STAGEWIRE_ALLOW_PLAINTEXT: 'yes' }, /^STAGEWIRE_ALLOW_PLAINTEXT must be true or false; got "yes"\.$/],
])('%j is rejected in one sentence', (env, message) => {
  expect(problemsOf(env)).toEqual([expect.stringMatching(message)]);
});

// The name of the proxy was admitted, and every caller behind it was the user of this machine.
test.each(['none', ''])('a public URL needs authentication, also on loopback: STAGEWIRE_AUTH=%s', (auth) => {
  const env = { STAGEWIRE_AUTH: auth, STAGEWIRE_PUBLIC_URL: 'https://stagewire.example.org' };
  expect(problemsOf(env)).toEqual([
    expect.stringMatching(/^STAGEWIRE_PUBLIC_URL is https:.*set STAGEWIRE_AUTH=keys\./),
  ]);
  expect(problemsOf({ ...env, STAGEWIRE_AUTH: 'keys' })).toEqual([]);
  expect(problemsOf({ ...env, STAGEWIRE_PUBLIC_URL: 'http://localhost:4600' })).toEqual([]);
});

test('the public URL adds an allowed origin and an allowed host', () => {
  const { publicUrl, origins, hosts } = readConfig({
    STAGEWIRE_AUTH: 'keys',
    STAGEWIRE_PUBLIC_URL: 'https://Stagewire.example.org:8443/base/',
    STAGEWIRE_ORIGINS: 'https://other.example',
  });
  expect({ publicUrl, origins, hosts }).toEqual({
    publicUrl: 'https://stagewire.example.org:8443/base',
    origins: ['https://other.example', 'https://stagewire.example.org:8443'],
    hosts: ['stagewire.example.org:8443'],
  });
});

function problemsOf(env: Environment): readonly string[] {
  try {
    readConfig(env);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
