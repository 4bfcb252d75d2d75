import { describe, expect, test } from 'vitest';
import type { CredentialSource } from '../../server/identity/identify.ts';
import { createLiveIdentities } from '../../server/identity/live-identities.ts';
import { localPrincipal } from '../../server/identity/principal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createIdentitiesScene } from '../support/live-identities-scene.ts';

describe('identities of open connections', () => {
  test('that neither expire nor can be revoked cost no timer and no memory', () => {
    const { clock, live, hold } = createIdentitiesScene();
    for (let at = 0; at < 100; at += 1) hold('local', {});
    expect([live.size, clock.pendingTimers]).toEqual([0, 0]);
  });

  test('end when they expire, with one timer for all', async () => {
    const { clock, live, hold, ended } = createIdentitiesScene();
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
    const { clock, hold, ended } = createIdentitiesScene();
    const days = (count: number) => count * 24 * 60 * 60 * 1000;
    hold('month', { expiresAtMs: clock.now() + days(30) });
    await clock.advance(days(30) - 1);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toHaveLength(1);
  });

  test('end within a second after they were revoked, and only those', async () => {
    const { clock, hold, ended, source, current } = createIdentitiesScene();
    hold('kept', { credential: 'key:1' });
    hold('gone', { credential: 'key:2' });
    await clock.advance(5000);
    current.delete('key:2');
    source.changes += 1;
    await clock.advance(1000);
    expect(ended).toEqual(['gone: The access key was revoked.']);
  });

  test('are not looked up while nothing has changed', async () => {
    const { clock, hold, asked } = createIdentitiesScene();
    hold('one', { credential: 'key:1' });
    hold('other', { credential: 'key:1' });
    await clock.advance(60_000);
    expect(asked).toEqual(['key:1']);
  });

  test('are not looked up because others begin', async () => {
    const { clock, hold, asked } = createIdentitiesScene();
    hold('one', { credential: 'key:1' });
    await clock.advance(1000);
    hold('other', { credential: 'key:2' });
    hold('without', { expiresAtMs: clock.now() + 60_000 });
    await clock.advance(5000);
    expect(asked).toEqual(['key:1', 'key:2']);
  });

  test('that begin while the store cannot be read are checked afterwards', async () => {
    const { clock, hold, ended, source, current } = createIdentitiesScene();
    hold('first', { credential: 'key:1' });
    await clock.advance(1000);
    source.isBroken = true;
    hold('late', { credential: 'key:2' });
    current.delete('key:2');
    await clock.advance(1000);
    source.isBroken = false;
    await clock.advance(1000);
    expect(ended).toEqual(['late: The access key was revoked.']);
  });

  test('that were revoked between their authentication and their registration end as well', async () => {
    const { clock, hold, ended, source, current, live } = createIdentitiesScene();
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
    const { clock, hold, source, current } = createIdentitiesScene();
    const holder = hold('one', { credential: 'key:1' });
    await clock.advance(1000);
    current.set('key:1', { ...holder.principal, permissions: ['runs:read'] });
    source.changes += 1;
    await clock.advance(1000);
    expect(holder.principal.permissions).toEqual(['runs:read']);
  });

  test('stay while the store cannot be read, which is logged once, and end afterwards', async () => {
    const { clock, hold, ended, source, current, errors } = createIdentitiesScene();
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
    const { clock, live, hold } = createIdentitiesScene();
    const holders = [hold('one', { credential: 'key:1' }), hold('other', { credential: 'key:2' })];
    await clock.advance(1000);
    for (const holder of holders) live.release(holder);
    await clock.advance(1000);
    expect([live.size, clock.pendingTimers]).toEqual([0, 0]);
    hold('third', { credential: 'key:1' });
    live.close();
    expect(clock.pendingTimers).toBe(0);
  });

  test('of one credential that cannot be read do not keep the others from being checked', async () => {
    const { clock, hold, ended, source, current, errors } = createIdentitiesScene();
    hold('damaged', { credential: 'key:1' });
    hold('revoked', { credential: 'key:2' });
    const read = source.current.bind(source);
    source.current = (credential) =>
      credential === 'key:1' ? Promise.reject(new SyntaxError('damaged')) : read(credential);
    current.delete('key:2');
    source.changes += 1;
    await clock.advance(1000);
    expect(ended).toEqual([expect.stringMatching(/^revoked: /)]);
    expect(errors).toHaveLength(1);
  });

  test('are checked over several turns of the event loop if they are many', async () => {
    const clock = createFakeClock();
    let turns = 0;
    let workMs = 0;
    const perTurn: number[] = [];
    const source: CredentialSource = {
      kind: 'key',
      version: () => Promise.resolve('1'),
      current: async (credential) => {
        workMs += 2;
        perTurn[turns] = (perTurn[turns] ?? 0) + 1;
        return { ...localPrincipal, credential };
      },
    };
    const live = createLiveIdentities({
      clock: {
        ...clock,
        elapsed: () => workMs,
        turn(task) {
          turns += 1;
          clock.turn(task);
        },
      },
      sources: [source],
    });
    for (let at = 0; at < 7; at += 1) {
      live.watch({ principal: { ...localPrincipal, credential: `key:${at}` }, end() {} });
    }
    await clock.advance(1000);
    expect(perTurn).toEqual([3, 3, 1]);
  });

  test('that begin during a check are checked by the next one', async () => {
    const { clock, hold, ended, source, current } = createIdentitiesScene();
    hold('first', { credential: 'key:1' });
    const read = source.current.bind(source);
    source.current = (credential) => {
      source.current = read;
      // Authenticated before its key was revoked, and watched after the version was read.
      hold('late', { credential: 'key:2' });
      current.delete('key:2');
      return read(credential);
    };
    source.changes += 1;
    await clock.advance(1000);
    await clock.advance(1000);
    expect(ended).toEqual([expect.stringMatching(/^late: /)]);
  });

  test('end when they expire also while a check waits for its store', async () => {
    const { clock, hold, ended, source } = createIdentitiesScene();
    source.version = () => new Promise(() => undefined);
    hold('waiting', { credential: 'key:1' });
    await clock.advance(1000);
    hold('short', { expiresAtMs: clock.now() + 500 });
    await clock.advance(499);
    expect(ended).toEqual([]);
    await clock.advance(1);
    expect(ended).toEqual(['short: The token has expired.']);
  });
});
