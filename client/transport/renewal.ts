import type { StagewireError } from '@stagewire/shared';
import type { Session } from './session.ts';

/**
 * Called when the server rejects the caller as UNAUTHENTICATED. Resolve the promise when the caller may have other
 * credentials, for example because the user has signed in; reject it if there will be none.
 */
export type OnUnauthenticated = (error: StagewireError) => Promise<void>;

/** How the caller gets other credentials: once for all calls and sockets that were rejected with the last ones. */
export interface Renewal {
  /** How often there were other credentials so far. */
  readonly count: number;
  /**
   * Resolves with true when there are others than after `since` renewals; with false if there will be none, or when the
   * client is closed or the signal aborts.
   */
  after(since: number, error: StagewireError, signal?: AbortSignal): Promise<boolean>;
}

export function createRenewal(session: Session, onUnauthenticated: OnUnauthenticated): Renewal {
  let count = 0;
  let pending: Promise<boolean> | undefined;

  async function renew(error: StagewireError): Promise<boolean> {
    try {
      await onUnauthenticated(error);
      count += 1;
      return true;
    } catch {
      // The callers get the error of the server.
      return false;
    } finally {
      pending = undefined;
    }
  }

  return {
    get count() {
      return count;
    },
    after(since, error, signal) {
      if (count !== since) return Promise.resolve(true);
      pending ??= renew(error);
      return unlessAborted(pending, session, signal);
    },
  };
}

function unlessAborted(
  promise: Promise<boolean>,
  session: Session,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (isRenewed: boolean) => {
      offClose();
      signal?.removeEventListener('abort', giveUp);
      resolve(isRenewed);
    };
    const giveUp = () => settle(false);
    const offClose = session.whenClosed(giveUp);
    signal?.addEventListener('abort', giveUp, { once: true });
    void promise.then(settle);
    if (session.closed || signal?.aborted === true) giveUp();
  });
}
