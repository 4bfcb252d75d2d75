import { describe, expect, test } from 'vitest';
import { addressGroup, createAttemptLimiter } from '../../server/identity/attempt-limiter.ts';
import { createFakeClock } from '../support/fake-clock.ts';

describe('the limit of failed attempts', () => {
  test('allows some at once, then one in each interval, for each address', async () => {
    const clock = createFakeClock();
    const limited: string[] = [];
    const limiter = createAttemptLimiter({
      clock,
      maxFailures: 3,
      refillMs: 1000,
      onLimited: (address) => limited.push(address),
    });
    expect([1, 2, 3].map(() => limiter.fail('10.0.0.1'))).toEqual([undefined, undefined, undefined]);
    expect(limiter.fail('10.0.0.1')).toBe(1000);
    expect(limiter.fail('10.0.0.2')).toBeUndefined();
    await clock.advance(400);
    expect(limiter.fail('10.0.0.1')).toBe(600);
    await clock.advance(600);
    expect(limiter.fail('10.0.0.1')).toBeUndefined();
    expect(limiter.fail('10.0.0.1')).toBe(1000);
    // Once for each time that the limit was reached.
    expect(limited).toEqual(['10.0.0.1', '10.0.0.1']);
  });

  test('remembers a limited number of addresses, and forgets the one that failed least recently', () => {
    const limiter = createAttemptLimiter({ clock: createFakeClock(), maxFailures: 1, maxAddresses: 100 });
    limiter.fail('10.0.0.1');
    for (let at = 0; at < 1000; at += 1) {
      limiter.fail(`10.1.${at >> 8}.${at & 255}`);
      // One that goes on failing is kept.
      expect(limiter.fail('10.0.0.1')).toBeGreaterThan(0);
    }
    expect(limiter.size).toBe(100);
  });
});

test.each([
  ['10.0.0.1', '10.0.0.1'],
  ['::ffff:10.0.0.1', '10.0.0.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::6', '2001:db8:1:2::/64'],
  ['2001:0DB8:0001:0002:ffff::', '2001:db8:1:2::/64'],
  ['2001:db8::6', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  [undefined, 'unknown'],
])('attempts from %s are counted as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
