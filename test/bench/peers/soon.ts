import { setTimeout as sleep } from 'node:timers/promises';

/** Waits for it, and says whether it came true in time. */
export async function soon(isTrue: () => boolean, timeoutMs: number): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  while (!isTrue()) {
    if (performance.now() > deadlineMs) return false;
    await sleep(2);
  }
  return true;
}
