import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';

/** How old the sum may be, in milliseconds: adding up ten thousand connections takes about one. */
const sampleMs = 250;
/** How often it is looked at while something is held, in milliseconds. */
const lookAgainMs = 1000;

/**
 * Whether what all connections together have not sent yet is more than there is room for. Each is allowed some; of ten
 * thousand slow readers it would be gigabytes.
 */
export function createUnsentWatch({
  clock,
  account,
  sum,
}: {
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly account: MemoryAccount;
  /** Bytes that wait for their readers now. */
  readonly sum: () => number;
}): { isCrowded(): boolean } {
  const charge = account.charge('unsent', 0);
  let sampledAtMs = -Infinity;
  let crowded = false;
  let isDue = false;

  function sample(): void {
    sampledAtMs = clock.elapsed();
    const bytes = sum();
    crowded = charge?.resize(bytes) !== true;
    // When all is sent nobody asks any more, and what is held then would be missing to others for ever.
    if ((charge?.bytes ?? 0) === 0 || isDue) return;
    isDue = true;
    clock.after(lookAgainMs, () => {
      isDue = false;
      sample();
    });
  }

  return {
    isCrowded() {
      if (clock.elapsed() - sampledAtMs >= sampleMs) sample();
      return crowded;
    },
  };
}
