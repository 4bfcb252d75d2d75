import type { Clock } from '../../runtime/clock.ts';
import type { MemoryAccount } from '../../runtime/memory-account.ts';

/** Maximum age of the sum, in milliseconds: adding up ten thousand connections takes about one. */
const sampleMs = 250;
/** Sampling interval while something is charged, in milliseconds. */
const resampleMs = 1000;

/**
 * Detects that the unsent bytes of all connections together exceed the memory budget. Each connection may have
 * some; for ten thousand slow consumers that would be gigabytes.
 */
export function createUnsentMonitor({
  clock,
  account,
  sum,
}: {
  readonly clock: Pick<Clock, 'elapsed' | 'after'>;
  readonly account: MemoryAccount;
  /** The unsent bytes now. */
  readonly sum: () => number;
}): { isMemoryShort(): boolean } {
  const charge = account.charge('unsent', 0);
  let sampledAtMs = -Infinity;
  let isShort = false;
  let isDue = false;

  function sample(): void {
    sampledAtMs = clock.elapsed();
    const bytes = sum();
    isShort = charge?.resize(bytes) !== true;
    // When everything is sent, no connection asks any more, and the remaining charge would be withheld from
    // others forever.
    if ((charge?.bytes ?? 0) === 0 || isDue) return;
    isDue = true;
    clock.after(resampleMs, () => {
      isDue = false;
      sample();
    });
  }

  return {
    isMemoryShort() {
      if (clock.elapsed() - sampledAtMs >= sampleMs) sample();
      return isShort;
    },
  };
}
