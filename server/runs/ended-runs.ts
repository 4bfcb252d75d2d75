import type { MemoryAccount } from '../runtime/memory-account.ts';
import type { RunProgress } from './decide/progress.ts';

/** Runs that have ended, as their logs tell them: a run that many ask about is read once. */
export interface EndedRuns {
  get(runId: string): RunProgress | undefined;
  /** @param bytes About what it takes. */
  keep(progress: RunProgress, bytes: number): void;
  forget(runId: string): void;
}

/** The least recently asked go first. What is kept is held in the account, and given up when that has no room. */
export function createEndedRuns({
  account,
  maxBytes,
}: {
  readonly account: MemoryAccount;
  readonly maxBytes: number;
}): EndedRuns {
  const kept = new Map<string, { readonly progress: RunProgress; readonly bytes: number }>();
  const charge = account.charge('runs', 0);
  let heldBytes = 0;

  function forget(runId: string): void {
    const one = kept.get(runId);
    if (one === undefined) return;
    kept.delete(runId);
    heldBytes -= one.bytes;
    charge?.resize(heldBytes);
  }

  return {
    get(runId) {
      const one = kept.get(runId);
      if (one === undefined) return undefined;
      kept.delete(runId);
      kept.set(runId, one);
      return one.progress;
    },
    keep(progress, bytes) {
      const { runId } = progress.run;
      forget(runId);
      if (bytes > maxBytes) return;
      for (const oldest of kept.keys()) {
        if (heldBytes + bytes <= maxBytes) break;
        forget(oldest);
      }
      if (charge?.resize(heldBytes + bytes) !== true) return;
      heldBytes += bytes;
      kept.set(runId, { progress, bytes });
    },
    forget,
  };
}
