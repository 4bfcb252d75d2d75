import type { Session } from './session.ts';

/** The wait before a connection is opened again. */
export interface ReconnectWait {
  /**
   * Resolves after the random backoff of so many failures in a row, or as soon as a call is answered over HTTP: the server
   * is back. Once in each outage: where only HTTP works, calls do not shorten every wait.
   */
  wait(failures: number, signal?: AbortSignal): Promise<void>;
  /** The connection works: the outage is over. */
  noteWorks(): void;
}

export function createReconnectWait(session: Session): ReconnectWait {
  let mayBeShortened = true;
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
      await session.wait(session.backoffMs(failures), controller.signal);
      signal?.removeEventListener('abort', stop);
      offAnswer();
    },
    noteWorks() {
      mayBeShortened = true;
    },
  };
}
