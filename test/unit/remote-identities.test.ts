import { describe, expect, test } from 'vitest';
import { createIdentitiesScene as scene } from '../support/live-identities-scene.ts';

describe('identities of a store over a network', () => {
  test('are checked at once when it notifies of a change, and many at the same time', async () => {
    const { clock, hold, ended, source, current, notify } = scene({ checksAtOnce: 10 });
    for (let at = 0; at < 20; at += 1) hold(`${at}`, { credential: `key:${at}` });
    await clock.advance(1000);
    let reads = 0;
    let most = 0;
    const read = source.current.bind(source);
    source.current = async (credential) => {
      most = Math.max(most, (reads += 1));
      await new Promise<void>((resolve) => clock.after(1, resolve));
      reads -= 1;
      return read(credential);
    };
    current.delete('key:7');
    source.changes += 1;
    notify();
    await clock.advance(10);
    expect(most).toBe(10);
    expect(ended).toEqual(['7: The access key was revoked.']);
  });

  test('are checked again after a check during which it has notified of a change', async () => {
    const { clock, hold, ended, source, current, notify } = scene({ checksAtOnce: 10 });
    hold('one', { credential: 'key:1' });
    await clock.advance(1000);
    const version = source.version.bind(source);
    source.version = async () => {
      const before = await version();
      source.version = version;
      current.delete('key:1');
      source.changes += 1;
      notify();
      return before;
    };
    await clock.advance(1000);
    await clock.advance(1);
    expect(ended).toEqual(['one: The access key was revoked.']);
  });

  test('cause no series of checks if it notifies of one change after the other', async () => {
    const { clock, hold, source, notify } = scene({ checksAtOnce: 10 });
    hold('one', { credential: 'key:1' });
    await clock.advance(1000);
    let checks = 0;
    const version = source.version.bind(source);
    source.version = async () => {
      checks += 1;
      await new Promise<void>((resolve) => clock.after(50, resolve));
      return version();
    };
    for (let at = 0; at < 1000; at += 1) {
      notify();
      await clock.advance(1);
    }
    // A check of 50 ms is followed by a pause of 200 ms.
    expect(checks).toBeLessThan(7);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('away'))],
    ['does not answer', () => new Promise<never>(() => undefined)],
  ])('end with a retryable error if it %s for too long, and only then', async (_how, version) => {
    const { clock, hold, ended, source } = scene({ checksAtOnce: 10, maxUncheckedMs: 60_000 });
    hold('one', { credential: 'key:1' });
    hold('other', { credential: 'jwt:1' });
    hold('without', { expiresAtMs: clock.now() + 600_000 });
    await clock.advance(10_000);
    const working = source.version.bind(source);
    source.version = version;
    await clock.advance(59_000);
    expect(ended).toEqual([]);
    await clock.advance(3000);
    expect(ended).toEqual([expect.stringMatching(/^one: .* Retry later\.$/)]);
    source.version = working;
  });

  test('stay if it can be read again in time, however often it fails', async () => {
    const { clock, hold, ended, source } = scene({ checksAtOnce: 10, maxUncheckedMs: 60_000 });
    hold('one', { credential: 'key:1' });
    for (let outage = 0; outage < 5; outage += 1) {
      source.isBroken = true;
      await clock.advance(50_000);
      source.isBroken = false;
      await clock.advance(2000);
    }
    expect(ended).toEqual([]);
  });
});
