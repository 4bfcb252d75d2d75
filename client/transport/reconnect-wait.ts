import type { Session } from './session.ts';

/** The wait before a connection is opened again. */
export interface ReconnectWait {
  /**
   * Resolves after the random backoff of so many failures in a row, or as soon as a call is answered over HTTP: the server
   * is back. Once in each outage: where only HTTP works, calls do not shorten every wait.
   *
   * Before the first retry of a client whose calls were answered, but no connection of which has worked yet, the backoff is
   * short: the server is reachable, so that something in between probably refuses WebSockets.
   */
  wait(failures: number, signal?: AbortSignal): Promise<void>;
  /** The connection works: the outage is over. */
  noteWorks(): void;
}

/** The first retry where HTTP works: a part of the usual delay, so that it is random too, and at most so many milliseconds. */
const shortPart = 1 / 5;
const longestShortMs = 100;

export function createReconnectWait(session: Session): ReconnectWait {
  let mayBeShortened = true;
  let hasWorked = false;
  const delayMs = (failures: number) => {
    const usualMs = session.backoffMs(failures);
    const isShort = failures === 0 && !hasWorked && session.hasAnswered;
    return isShort ? Math.min(usualMs * shortPart, longestShortMs) : usualMs;
  };
  return {
    async wait(failures, signal) {
      const controller = new AbortController();
      const stop = () => controller.abort();
      const isFirst = mayBeShortened;
      const offAnswer = session.onAnswer(() => {
        if (isFirst) stop();
        mayBeShortened = false;
      });
      signal?.addEventListener('abort', stop, { once: true });
      if (signal?.aborted === true) stop();
      await session.wait(delayMs(failures), controller.signal);
      signal?.removeEventListener('abort', stop);
      offAnswer();
    },
    noteWorks() {
      mayBeShortened = true;
      hasWorked = true;
    },
  };
}
