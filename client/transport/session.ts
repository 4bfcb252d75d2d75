import { backoffMs, type BackoffOptions } from './backoff.ts';
import { StagewireClientError } from './client-error.ts';
import type { ClientClock } from './client-clock.ts';
import type { Wake } from './wake.ts';

/** What all parts of one connected client have in common: time, chance, and the end. */
export interface Session {
  readonly clock: ClientClock;
  readonly closed: boolean;
  readonly wake: Wake;
  /** For durations and deadlines, in milliseconds: setting the machine's clock does not change it. */
  elapsedMs(): number;
  /** A random wait before coming back after so many failures in a row, in milliseconds; never 0. */
  backoffMs(failures: number): number;
  /** Calls `task` once when the session is closed. Returns the way to take it back. */
  whenClosed(task: () => void): () => void;
  /** Runs `task` once, after `delayMs` or as soon as waiting has become pointless. Returns the way to take it back. */
  pause(delayMs: number, task: () => void): () => void;
  /** Resolves as `pause` does, or at once when `signal` aborts or the session is closed; it never rejects. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** Ends everything that listens to `whenClosed`. */
  close(): void;
}

export interface SessionOptions {
  readonly clock: ClientClock;
  readonly random: () => number;
  readonly backoff: BackoffOptions;
  readonly wake: Wake;
}

export function createSession({ clock, random, backoff, wake }: SessionOptions): Session {
  const tasks = new Set<() => void>();
  let closed = false;
  const whenClosed = (task: () => void) => {
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  const pause = (delayMs: number, task: () => void) => {
    const cancel = () => {
      cancelTimer();
      sleepOn();
    };
    const run = () => {
      cancel();
      task();
    };
    const cancelTimer = clock.after(delayMs, run);
    const sleepOn = wake.on(run);
    return cancel;
  };
  return {
    clock,
    wake,
    get closed() {
      return closed;
    },
    elapsedMs: () => clock.elapsedMs?.() ?? clock.now(),
    backoffMs: (failures) => backoffMs(failures, random, backoff),
    whenClosed,
    pause,
    wait(delayMs, signal) {
      return new Promise((resolve) => {
        if (closed || signal?.aborted === true) return resolve();
        const done = () => {
          cancel();
          offClose();
          signal?.removeEventListener('abort', done);
          resolve();
        };
        const cancel = pause(delayMs, done);
        const offClose = whenClosed(done);
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
  return new StagewireClientError('CLOSED', 'The client was closed before the call had ended.');
}
