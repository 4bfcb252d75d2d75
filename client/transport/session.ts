import { backoffMs, type BackoffOptions } from './backoff.ts';
import { StagewireClientError } from './client-error.ts';
import type { ClientClock } from './client-clock.ts';
import { createStateListeners } from './state-listeners.ts';
import type { Wake } from './wake.ts';

/** What all parts of one client share: time, randomness, and closing. */
export interface Session {
  readonly clock: ClientClock;
  readonly closed: boolean;
  readonly wake: Wake;
  /** A monotonic clock in milliseconds, for durations and deadlines. */
  elapsedMs(): number;
  /** The random backoff before reconnecting after this many failures in a row, in milliseconds; never 0. */
  backoffMs(failures: number): number;
  /** Calls `task` once when the session is closed. Returns a function that removes it. */
  whenClosed(task: () => void): () => void;
  /**
   * Runs `task` once, after `delayMs` or as soon as the wait has become pointless. Returns a function that cancels it.
   */
  pause(delayMs: number, task: () => void): () => void;
  /** Resolves as `pause` does, or at once when `signal` aborts or the session is closed; it never rejects. */
  wait(delayMs: number, signal?: AbortSignal): Promise<void>;
  /** A call was answered over HTTP: the server is reachable. */
  noteAnswer(): void;
  /** Whether any call was answered over HTTP. */
  readonly hasAnswered: boolean;
  /** Calls `listener` at each answer. Returns a function that removes it. */
  onAnswer(listener: () => void): () => void;
  /** Runs all tasks of `whenClosed`. */
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
  const answers = createStateListeners<void>();
  let closed = false;
  let hasAnswered = false;
  const whenClosed = (task: () => void) => {
    tasks.add(task);
    return () => void tasks.delete(task);
  };
  const pause = (delayMs: number, task: () => void) => {
    const cancel = () => {
      cancelTimer();
      offWake();
    };
    const run = () => {
      cancel();
      task();
    };
    const cancelTimer = clock.after(delayMs, run);
    const offWake = wake.on((reason) => {
      if (reason !== 'offline') run();
    });
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
    get hasAnswered() {
      return hasAnswered;
    },
    noteAnswer() {
      hasAnswered = true;
      answers.notify();
    },
    onAnswer: (listener) => answers.add(listener),
    close() {
      if (closed) return;
      closed = true;
      for (const task of Array.from(tasks)) task();
      tasks.clear();
    },
  };
}

/** The error of everything that is pending when `close()` is called. */
export function closedError(): StagewireClientError {
  return new StagewireClientError('CLOSED', 'The client was closed before the call had ended.');
}
