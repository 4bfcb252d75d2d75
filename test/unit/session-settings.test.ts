import { describe, expect, test } from 'vitest';
import { ConfigError } from '../../server/process/config-error.ts';
import { readConfig, type Environment } from '../../server/process/config.ts';

const proxied = { STAGEWIRE_AUTH: 'proxy', STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1' };

describe('a proxy that authenticates', () => {
  test('needs the addresses that it connects from', () => {
    for (const auth of ['proxy', 'keys,proxy']) {
      expect(problemsOf({ STAGEWIRE_AUTH: auth })).toEqual([
        expect.stringMatching(
          /^STAGEWIRE_AUTH contains proxy, but STAGEWIRE_TRUSTED_PROXIES is not set, .*such as 127\.0\.0\.1\.$/,
        ),
      ]);
    }
  });

  test('has the headers of oauth2-proxy, unless others are named', () => {
    expect(readConfig({ ...proxied, STAGEWIRE_TRUSTED_PROXIES: ' 127.0.0.1, fd00::/8 ' }).proxy).toEqual({
      trusted: [
        { address: '127.0.0.1', prefix: 32, family: 'ipv4' },
        { address: 'fd00::', prefix: 8, family: 'ipv6' },
      ],
      headers: { user: 'x-auth-request-user' },
      sessionMs: 900_000,
    });
    const named = readConfig({
      ...proxied,
      STAGEWIRE_PROXY_USER_HEADER: 'Remote-User',
      STAGEWIRE_PROXY_OWNER_HEADER: 'Remote-Groups',
      STAGEWIRE_PROXY_PERMISSIONS_HEADER: 'X-Permissions',
      STAGEWIRE_PROXY_SESSION_MS: '1000',
    });
    expect(named.proxy).toMatchObject({
      headers: { user: 'remote-user', owner: 'remote-groups', permissions: 'x-permissions' },
      sessionMs: 1000,
    });
  });

  test('may be trusted for addresses only', () => {
    const { auth, proxy } = readConfig({ ...proxied, STAGEWIRE_AUTH: 'keys' });
    expect({ auth, trusted: proxy?.trusted.length }).toEqual({ auth: ['keys'], trusted: 1 });
  });
});

test.each([
  [{ STAGEWIRE_TRUSTED_PROXIES: 'nginx' }, /^STAGEWIRE_TRUSTED_PROXIES must be .*; got "nginx"\.$/],
  [{ STAGEWIRE_TRUSTED_PROXIES: '10.0.0.1,10.0.0.0/33' }, /; got "10\.0\.0\.0\/33"\.$/],
  [{ STAGEWIRE_TRUSTED_PROXIES: ',' }, /^STAGEWIRE_TRUSTED_PROXIES must be a comma-separated list/],
  [{ STAGEWIRE_TRUSTED_PROXIES: '0.0.0.0/0' }, /must not contain all addresses.*got "0\.0\.0\.0\/0"\.$/],
  [{ STAGEWIRE_TRUSTED_PROXIES: '127.0.0.1,::/0' }, /must not contain all addresses.*got "::\/0"\.$/],
  [{ STAGEWIRE_PROXY_USER_HEADER: 'x_auth_user' }, /must be the name of a header, without underscores/],
  [{ STAGEWIRE_PROXY_USER_HEADER: 'X-User: me' }, /must be the name of a header/],
  [{ STAGEWIRE_PROXY_USER_HEADER: 'X-Forwarded-For' }, /must be a header that has no other meaning/],
  [{ STAGEWIRE_PROXY_OWNER_HEADER: 'Host' }, /must be a header that has no other meaning/],
  [{ STAGEWIRE_PROXY_SESSION_MS: '15m' }, /must be a number of milliseconds from 1000 to 43200000/],
  [{ STAGEWIRE_SESSION_MS: '999' }, /must be a number of milliseconds from 1000 to 43200000/],
  // P40 promises at most 12 hours.
  [{ STAGEWIRE_SESSION_MS: '43200001' }, /must be a number of milliseconds from 1000 to 43200000/],
  [
    { STAGEWIRE_AUTH: 'keys', STAGEWIRE_PROXY_OWNER_HEADER: 'x-owner' },
    /^STAGEWIRE_PROXY_OWNER_HEADER is set, but STAGEWIRE_AUTH does not contain proxy: add it, or unset/,
  ],
])('%j is rejected in one sentence', (env, message) => {
  expect(problemsOf({ ...proxied, ...env })).toEqual([expect.stringMatching(message)]);
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
