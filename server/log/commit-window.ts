import { isDelta } from '@stagewire/shared';
import type { Clock } from '../runtime/clock.ts';
import { holdProcess } from '../runtime/hold-process.ts';
import type { Append } from './event-log.ts';

export interface CommitWindowOptions {
  readonly clock: Clock;
  /** How long deltas of several runs wait for each other, in milliseconds. 0: never. */
  readonly windowMs: number;
  /** Commits everything that waits. */
  flush(): void;
}

/**
 * Decides when the appends that wait are committed: a commit costs about as much as all else that a token needs, so the
 * deltas of several runs share one. Opened by the runs that appended within the last window, two or more: the deltas of a
 * lone run never wait.
 */
export interface CommitWindow {
  /** An append waits. Anything but deltas closes the window: receipts and endings do not wait, and take along what does. */
  add(append: Append): void;
}

export function createCommitWindow({ clock, windowMs, flush }: CommitWindowOptions): CommitWindow {
  /** When runs have last appended, in milliseconds, oldest first. */
  const appendedAtMs = new Map<string, number>();
  let closeWindow: (() => void) | undefined;
  let isFlushing = false;

  /** Runs that appended within the last window, this one included. */
  function countRuns(runId: string): number {
    const nowMs = clock.elapsed();
    appendedAtMs.delete(runId);
    for (const [oldest, atMs] of appendedAtMs) {
      if (nowMs - atMs <= windowMs) break;
      appendedAtMs.delete(oldest);
    }
    appendedAtMs.set(runId, nowMs);
    return appendedAtMs.size;
  }

  function flushInTurn(): void {
    if (isFlushing) return;
    isFlushing = true;
    clock.turn(flushNow);
  }

  function flushNow(): void {
    closeWindow?.();
    closeWindow = undefined;
    isFlushing = false;
    flush();
  }

  function openWindow(): () => void {
    const cancel = clock.after(windowMs, flushNow);
    // A process that has nothing else to do must not end before it is committed.
    const release = holdProcess();
    return () => {
      cancel();
      release();
    };
  }

  return {
    add(append) {
      if (windowMs === 0) return flushInTurn();
      const isShared = countRuns(append.runId) > 1 && hasDeltasOnly(append);
      if (isShared) closeWindow ??= openWindow();
      else flushInTurn();
    },
  };
}

/** An append that only continues a text: its subscribers can wait for it a little. */
export function hasDeltasOnly({ expectedSeq, events }: Append): boolean {
  return expectedSeq > 0 && events.every(isDelta);
}
