import { isIPv6 } from 'node:net';
import type { Clock } from '../runtime/clock.ts';

export interface AttemptLimiterOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** Failed attempts of one address at once. @default 20 */
  readonly maxFailures?: number;
  /** One more is allowed after this time. @default 3000 */
  readonly refillMs?: number;
  /** Addresses that are remembered; beyond it the one that failed least recently is forgotten. @default 10000 */
  readonly maxAddresses?: number;
  /** Called when an address has used up its attempts: once until it has some again. */
  readonly onLimited?: (address: string) => void;
  /** Called for each failed attempt. */
  readonly onFailure?: () => void;
}

/** A token bucket of failed attempts, or of others that cost something, for each address. */
export interface AttemptLimiter {
  /** Counts a failed attempt. Returns how long to wait for the next one if the address has used up its attempts. */
  fail(address: string | undefined): number | undefined;
  /** Has the address used up its attempts? Counts nothing: for what must not even be tried then. */
  isLimited(address: string | undefined): boolean;
  /** Addresses that are remembered. */
  readonly size: number;
}

interface Bucket {
  left: number;
  atMs: number;
  isReported: boolean;
}

export function createAttemptLimiter(options: AttemptLimiterOptions): AttemptLimiter {
  const { clock, maxFailures = 20, refillMs = 3000, maxAddresses = 10_000, onLimited } = options;
  /** In the order of the last failure. */
  const buckets = new Map<string, Bucket>();

  function leftIn({ left, atMs }: Bucket, now: number): number {
    return Math.min(maxFailures, left + (now - atMs) / refillMs);
  }

  return {
    get size() {
      return buckets.size;
    },
    isLimited(address) {
      const known = buckets.get(addressGroup(address));
      return known !== undefined && leftIn(known, clock.now()) < 1;
    },
    fail(address) {
      options.onFailure?.();
      const group = addressGroup(address);
      const now = clock.now();
      const known = buckets.get(group) ?? { left: maxFailures, atMs: now, isReported: false };
      const left = leftIn(known, now);
      const isLimited = left < 1;
      buckets.delete(group);
      buckets.set(group, { left: isLimited ? left : left - 1, atMs: now, isReported: isLimited });
      const [oldest] = buckets.size > maxAddresses ? buckets.keys() : [];
      if (oldest !== undefined) buckets.delete(oldest);
      if (!isLimited) return undefined;
      if (!known.isReported) onLimited?.(group);
      return Math.ceil((1 - left) * refillMs);
    },
  };
}

/**
 * The address that attempts are counted by. One customer of a provider has a whole /64 of IPv6, so that all addresses
 * in it count as one.
 */
export function addressGroup(address = 'unknown'): string {
  const v4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  const [plain = ''] = address.split('%');
  if (!isIPv6(plain)) return address;
  const [head = '', tail] = plain.toLowerCase().split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros =
    tail === undefined ? [] : Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.join(':')}::/64`;
}
