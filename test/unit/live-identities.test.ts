import { describe, expect, test } from 'vitest';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { CredentialSource } from '../../server/identity/identify.ts';
import { createLiveIdentities } from '../../server/identity/live-identities.ts';
import { localPrincipal, type Principal } from '../../server/identity/principal.ts';
import { createFakeClock } from '../support/fake-clock.ts';

function scene() {
  const clock = createFakeClock();
  const current = new Map<string, Principal | undefined>();
  const asked: string[] = [];
  const source: CredentialSource & { changes: number; isBroken: boolean } = {
    kind: 'key',
    changes: 0,
    isBroken: false,
    version() {
      return this.isBroken ? Promise.reject(new Error('no disk')) : Promise.resolve(String(this.changes));
    },
    async current(credential: string) {
      asked.push(credential);
      const principal = current.get(credential);
      if (principal === undefined) throw wireErrors.UNAUTHENTICATED.revoked();
      return principal;
    },
  };
  const errors: string[] = [];
  const logger = { info() {}, warn() {}, error: (_: unknown, message: string) => void errors.push(message) };
  const live = createLiveIdentities({ clock, sources: [source], logger });
  const ended: string[] = [];
  const hold = (name: string, more: Partial<Principal>) => {
    const principal = { ...localPrincipal, ...more };
    if (principal.credential !== undefined) current.set(principal.credential, principal);
    const holder = { principal, end: ({ message }: Error) => void ended.push(`${name}: ${message}`) };
    live.watch(holder);
    return holder;
  };
  return { clock, live, hold, ended, source, current, asked, errors };
}

describe('identities of open connections', () => {
  test('that neither expire nor can be revoked cost no timer and no memory', () => {
    const { clock, live, hold } = scene();
    for (let at = 0; at < 100; at += 1) hold('local', {});
    expect([live.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  test('end when they expire, with one timer for all', async () => {
    const { clock, live, hold, ended } = scene();
    const start = clock.now();
    for (const seconds of [30, 10, 20, 10]) hold(`${seconds}`, { expiresAtMs: start + seconds * 1000 });
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(9_999);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(['10: The token has expired.', '10: The token has expired.']);
    await clock.advance(20_000);
    expect(ended).toHaveLength(4);
    expect([live.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  test('in a month do not end at once', async () => {
    const { clock, hold, ended } = scene();
    const days = (count: number) => count * 24 * 60 * 60 * 1000;
    hold('month', { expiresAtMs: clock.now() + days(30) });
    await clock.advance(days(30) - 1);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toHaveLength(1);
  });

  test('end within a second after they were revoked, and only those', async () => {
    const { clock, hold, ended, source, current } = scene();
    hold('kept', { credential: 'key:1' });
    hold('gone', { credential: 'key:2' });
    await clock.advance(5000);
    current.delete('key:2');
    source.changes += 1;
    await clock.advance(1000);
    expect(ended).toEqual(['gone: The access key was revoked.']);
  });

  test('are not looked up while nothing has changed', async () => {
    const { clock, hold, asked } = scene();
    hold('one', { credential: 'key:1' });
    hold('other', { credential: 'key:1' });
    await clock.advance(60_000);
    expect(asked).toEqual(['key:1']);
  });

  test('that were revoked between their authentication and their registration end as well', async () => {
    const { clock, hold, ended, source, current, live } = scene();
    hold('first', { credential: 'key:1' });
    await clock.advance(5000);
    source.changes += 1;
    await clock.advance(1000);
    const late = hold('late', { credential: 'key:2' });
    current.delete('key:2');
    await clock.advance(1000);
    expect(ended).toEqual(['late: The access key was revoked.']);
    live.release(late);
  });

  test('get what their credential may do now', async () => {
    const { clock, hold, source, current } = scene();
    const holder = hold('one', { credential: 'key:1' });
    await clock.advance(1000);
    current.set('key:1', { ...holder.principal, permissions: ['runs:read'] });
    source.changes += 1;
    await clock.advance(1000);
    expect(holder.principal.permissions).toEqual(['runs:read']);
  });

  test('stay while the store cannot be read, which is logged once, and end afterwards', async () => {
    const { clock, hold, ended, source, current, errors } = scene();
    hold('one', { credential: 'key:1' });
    hold('expiring', { expiresAtMs: clock.now() + 3000 });
    source.isBroken = true;
    current.delete('key:1');
    source.changes += 1;
    await clock.advance(5000);
    expect(ended).toEqual(['expiring: The token has expired.']);
    expect(errors).toHaveLength(1);
    source.isBroken = false;
    await clock.advance(1000);
    expect(ended).toHaveLength(2);
  });

  test('leave no timer behind', async () => {
    const { clock, live, hold } = scene();
    const holders = [hold('one', { credential: 'key:1' }), hold('other', { credential: 'key:2' })];
    await clock.advance(1000);
    for (const holder of holders) live.release(holder);
    await clock.advance(1000);
    expect([live.size, clock.pendingTimers]).toEqual([0, 0]);
    hold('third', { credential: 'key:1' });
    live.close();
    expect(clock.pendingTimers).toBe(0);
  });
});
