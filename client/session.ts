import { backoffMs, type BackoffOptions } from './backoff.ts';
import { StagewireClientError } from './client-error.ts';
import type { ClientClock } from './client-clock.ts';

/** What all parts of one connected client have in common: time, chance, and the end. */
export interface Session {
  readonly clock: ClientClock;
  readonly closed: boolean;
  /** A random wait before coming back after so many failures in a row, in milliseconds; never 0. */
  backoffMs(failures: number): number;
  /** Calls `task` once when the session is closed. Returns the way to take it back. */
  whenClosed(task: () => void): () => void;
  /** Resolves after `delayMs`, or at once when `signal` aborts or the session is closed; it never rejects. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Ends everything that listens to `whenClosed`. */
  close(): void;
}

export interface SessionOptions {
  readonly clock: ClientClock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
}

export function createSession({ clock, random, backoff }: SessionOptions): Session {
  const tasks = new Set<() => void>();
  let closed = false;
  const whenClosed = (task: () => void) => {
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  return {
    clock,
    get closed() {
      return closed;
    },
    backoffMs: (failures) => backoffMs(failures, random, backoff),
    whenClosed,
    wait(delayMs, signal) {
      return new Promise((resolve) => {
        if (closed || signal?.aborted === true) return resolve();
        const done = () => {
          cancel();
          stay();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const cancel = clock.after(delayMs, done);
        const stay = whenClosed(done);
        signal?.addEventListener('abort', done, { once: true });
      });
    },
    close() {
      if (closed) return;
      closed = true;
      for (const task of Array.from(tasks)) task();
      tasks.clear();
    },
  };
}

/** What is told to whoever was still waiting when `close()` was called. */
export function closedError(): StagewireClientError {
  return new StagewireClientError('CLOSED', 'The client was closed while this was under way.');
}
