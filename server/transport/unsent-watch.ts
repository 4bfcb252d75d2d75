import type { Clock } from '../runtime/clock.ts';
import type { MemoryAccount } from '../runtime/memory-account.ts';

/** How old the sum may be, in milliseconds: adding up ten thousand connections takes about one. */
const sampleMs = 250;

/**
 * Whether what all connections together have not sent yet is more than there is room for. Each is allowed some; of ten
 * thousand slow readers it would be gigabytes.
 */
export function createUnsentWatch({
  clock,
  account,
  sum,
}: {
  readonly clock: Pick<Clock, 'elapsed'>;
  readonly account: MemoryAccount;
  /** Bytes that wait for their readers now. */
  readonly sum: () => number;
}): { isCrowded(): boolean } {
  const charge = account.charge('unsent', 0);
  let sampledAtMs = -Infinity;
  let crowded = false;
  return {
    isCrowded() {
      const nowMs = clock.elapsed();
      if (nowMs - sampledAtMs >= sampleMs) {
        sampledAtMs = nowMs;
        crowded = charge?.resize(sum()) !== true;
      }
      return crowded;
    },
  };
}
