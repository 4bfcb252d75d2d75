import type { MemoryAccount } from '../runtime/memory-account.ts';
import type { RunProgress } from './decide/progress.ts';

/** Cache of ended runs, folded from their logs, so that a run that many clients request is read once. */
export interface EndedRunCache {
  get(runId: string): RunProgress | undefined;
  /** @param bytes Estimated memory. */
  set(progress: RunProgress, bytes: number): void;
  evict(runId: string): void;
  /** Evicts all. */
  clear(): void;
}

/**
 * Evicts the least recently used runs first. The cache is charged to the account and shrinks when the account is full.
 */
export function createEndedRunCache({
  account,
  maxBytes,
}: {
  readonly account: MemoryAccount;
  readonly maxBytes: number;
}): EndedRunCache {
  const entries = new Map<string, { readonly progress: RunProgress; readonly bytes: number }>();
  const charge = account.charge('runs', 0);
  let cachedBytes = 0;

  function evict(runId: string): void {
    const entry = entries.get(runId);
    if (entry === undefined) return;
    entries.delete(runId);
    cachedBytes -= entry.bytes;
    charge?.resize(cachedBytes);
  }

  return {
    get(runId) {
      const entry = entries.get(runId);
      if (entry === undefined) return undefined;
      entries.delete(runId);
      entries.set(runId, entry);
      return entry.progress;
    },
    set(progress, bytes) {
      const { runId } = progress.run;
      evict(runId);
      if (bytes > maxBytes) return;
      for (const oldest of entries.keys()) {
        if (cachedBytes + bytes <= maxBytes) break;
        evict(oldest);
      }
      if (charge?.resize(cachedBytes + bytes) !== true) return;
      cachedBytes += bytes;
      entries.set(runId, { progress, bytes });
    },
    evict,
    clear() {
      for (const runId of entries.keys()) evict(runId);
    },
  };
}
