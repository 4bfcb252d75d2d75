import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { describe, expect, test } from 'vitest';
import type { CredentialSource } from '../../server/identity/identify.ts';
import type { Principal } from '../../server/identity/principal.ts';
import { createMemorySessionStore } from '../../server/identity/sessions/memory-session-store.ts';
import type { SessionStore } from '../../server/identity/sessions/session-store.ts';
import { createSessionService } from '../../server/identity/sessions/session-service.ts';

const ada: Principal = {
  actor: { id: 'key:0123456789abcdef', kind: 'user', name: 'Ada' },
  owner: 'ada',
  permissions: ['runs:read'],
  credential: 'key:0123456789abcdef',
};

interface SceneOptions {
  readonly publicUrl?: string;
  readonly source?: Partial<CredentialSource>;
  readonly provider?: string;
  readonly store?: SessionStore;
}

function scene(options: SceneOptions = {}) {
  let now = 1000;
  let count = 0;
  const looked: string[] = [];
  const { store = createMemorySessionStore() } = options;
  const source = { kind: 'key', version: async () => '0', current: async () => ada, ...options.source };
  const sessions = createSessionService({
    store: {
      ...store,
      find(hash) {
        looked.push(hash);
        return store.find(hash);
      },
    },
    clock: { now: () => now },
    randomBytes: (length) => Buffer.alloc(length, (count += 1)),
    sources: [source, { kind: 'share', version: async () => String(now), current: async () => ada }],
    provider: options.provider,
    publicUrl: options.publicUrl === undefined ? undefined : new URL(options.publicUrl),
  });
  return { sessions, looked, at: (ms: number) => void (now = ms) };
}

function request(cookie?: string, host = '127.0.0.1:4600'): IncomingMessage {
  const made = new IncomingMessage(new Socket());
  made.headers.host = host;
  if (cookie !== undefined) made.headers.cookie = cookie;
  return made;
}

const pairOf = (header: string) => header.split(';')[0] ?? '';

describe('the id of a session', () => {
  // So how long a search takes depends on nothing that helps to guess one.
  test('is searched by its hash, whatever it is', async () => {
    const { sessions, looked } = scene();
    const { cookie } = await sessions.create(ada, request());
    const value = pairOf(cookie).split('=')[1] ?? '';
    for (const guess of [value, `${value.slice(0, -1)}B`, 'sws_', '', 'x'.repeat(5000)]) {
      const guessed = sessions.authenticate(request(`stagewire-session-4600=${guess}`));
      if (guess === value) expect(await guessed).toMatchObject({ owner: 'ada', session: true });
      else await expect(guessed).rejects.toEqual(wireErrors.UNAUTHENTICATED.sessionEnded());
    }
    expect(looked).toHaveLength(5);
    for (const hash of looked) expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(looked.join()).not.toContain(value);
  });

  test('is in a cookie with the port that the browser sees', async () => {
    const { sessions } = scene();
    for (const [host, name] of [
      ['127.0.0.1:4600', 'stagewire-session-4600'],
      ['localhost:8080', 'stagewire-session-8080'],
      ['[::1]:4600', 'stagewire-session-4600'],
      ['[::1]', 'stagewire-session-80'],
      ['stage.example.org', 'stagewire-session-80'],
    ] as const) {
      const { cookie } = await sessions.create(ada, request(undefined, host));
      expect(pairOf(cookie).split('=')[0]).toBe(name);
      expect(cookie).not.toContain('Secure');
      expect(sessions.hasCookie(request(pairOf(cookie), host))).toBe(true);
      expect(sessions.hasCookie(request(`x${pairOf(cookie)}`, host))).toBe(false);
    }
  });

  test.each([
    ['https://stage.example.org', '__Host-stagewire-session'],
    ['https://stage.example.org:8443', '__Host-stagewire-session-8443'],
    ['https://stage.example.org/one', '__Host-stagewire-session-one'],
    ['https://stage.example.org:8443/one/two', '__Host-stagewire-session-8443-one.two'],
    ['https://stage.example.org/a;b=c,d%20e', '__Host-stagewire-session-a.b.c.d%20e'],
  ])('is in a cookie that only %s can set', async (publicUrl, name) => {
    const { sessions } = scene({ publicUrl });
    const { cookie } = await sessions.create(ada, request(undefined, 'stage.example.org'));
    expect(pairOf(cookie).split('=')[0]).toBe(name);
    expect(cookie).toMatch(/; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200; Secure$/);
  });
});

describe('the principal of a session', () => {
  test('has the permissions that its credential has now, and the earlier expiry', async () => {
    const changed = { ...ada, permissions: [], expiresAtMs: 5000 };
    const { sessions } = scene({ source: { current: async () => changed } });
    const { cookie, principal } = await sessions.create(ada, request());
    expect(principal).toMatchObject({ permissions: ['runs:read'], expiresAtMs: 1000 + 12 * 3_600_000 });
    const [source] = sessions.sources;
    expect(principal.credential).toMatch(/^session-key:[0-9a-f]{64}$/);
    expect(await source?.current(principal.credential ?? '')).toEqual({
      ...changed,
      session: true,
      credential: principal.credential,
    });
    expect(sessions.hasCookie(request(pairOf(cookie)))).toBe(true);
  });

  test('has ended at its expiry', async () => {
    const { sessions, at } = scene();
    const { cookie, principal } = await sessions.create({ ...ada, expiresAtMs: 2000 }, request());
    expect(principal.expiresAtMs).toBe(2000);
    at(1999);
    expect(await sessions.authenticate(request(pairOf(cookie)))).toBeDefined();
    at(2000);
    await expect(sessions.authenticate(request(pairOf(cookie)))).rejects.toThrow('has ended');
  });

  test('does not end because the credentials cannot be read for a moment', async () => {
    let isDown = true;
    const current = async () => {
      if (isDown) throw new Error('the disk fails');
      return ada;
    };
    const { sessions } = scene({ source: { current } });
    const { cookie } = await sessions.create(ada, request());
    await expect(sessions.authenticate(request(pairOf(cookie)))).rejects.toThrow('the disk fails');
    isDown = false;
    expect(await sessions.authenticate(request(pairOf(cookie)))).toMatchObject({ owner: 'ada' });
  });
});

describe('sessions as credentials', () => {
  test('are not looked at because the credentials behind others have changed', async () => {
    const { sessions, at } = scene({ provider: 'jwt:one' });
    const versions = async () => {
      const all = await Promise.all(
        sessions.sources.map(async (source) => [source.kind, await source.version()] as const),
      );
      return Object.fromEntries(all);
    };
    const before = await versions();
    // As by a commit of any run.
    at(2000);
    const after = await versions();
    const changed = Object.keys(after).filter((kind) => after[kind] !== before[kind]);
    expect(changed).toEqual(['session-share']);
    expect(Object.keys(after)).toEqual(['session-key', 'session-share', 'session-jwt']);
  });

  test('without one that can be revoked end with the settings of the provider', async () => {
    const { credential: _, ...grace } = ada;
    const store = createMemorySessionStore();
    const { sessions } = scene({ store, provider: 'jwt:one' });
    const { cookie, principal } = await sessions.create(grace, request());
    expect(principal.credential).toMatch(/^session-jwt:/);
    expect(await sessions.authenticate(request(pairOf(cookie)))).toEqual(principal);
    for (const provider of ['jwt:two', undefined]) {
      const other = scene({ store, ...(provider !== undefined && { provider }) });
      await expect(other.sessions.authenticate(request(pairOf(cookie)))).rejects.toThrow('has ended');
    }
  });
});
