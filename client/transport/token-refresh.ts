import type { Identity, ServerInfo } from '../generated/contract.ts';
import type { Session } from './session.ts';
import { tokenText, type Token } from './token.ts';

export interface TokenRefreshOptions {
  readonly session: Session;
  /** Returns the current token. */
  readonly token: Token;
  /** Calls over the socket. */
  readonly info: () => Promise<unknown>;
  readonly refresh: (token: string) => Promise<unknown>;
}

/** Renews the identity of an open socket before it expires, so that the server need not close it. */
export interface TokenRefresh {
  /** A socket has opened. */
  opened(): void;
  /** It is closed. Idempotent. */
  closed(): void;
}

/** The token is renewed this long before it expires, or after four fifths of a shorter rest, in milliseconds. */
const marginMs = 60_000;

/** Closer to the expiry there is no further attempt: the client reconnects with a new token, in milliseconds. */
const shortestRestMs = 500;

/** Timers of more than 24 days fire at once. */
const longestWaitMs = 24 * 60 * 60 * 1000;

/**
 * Asks the server once for each socket when the identity expires. A failed refresh is repeated at shorter and shorter
 * intervals; if none succeeds, the server closes the socket at the expiry, and its subscriptions resume with a new token.
 */
export function createTokenRefresh(options: TokenRefreshOptions): TokenRefresh {
  const { session, token } = options;
  let cancelTimer = () => {};
  /** Counts the sockets: an answer over an earlier one is ignored. */
  let current = 0;

  /** @param aheadMs By how much the server's clock is ahead of this one. */
  function plan(mine: number, expiresAtMs: number, aheadMs: number): void {
    if (mine !== current || session.closed || Number.isNaN(expiresAtMs)) return;
    const restMs = expiresAtMs - aheadMs - session.clock.now();
    if (restMs < shortestRestMs) return;
    const waitMs = restMs - Math.min(marginMs, restMs / 5);
    cancelTimer = session.clock.after(Math.min(waitMs, longestWaitMs), () => {
      if (waitMs > longestWaitMs) plan(mine, expiresAtMs, aheadMs);
      else void renew(mine, expiresAtMs, aheadMs);
    });
  }

  async function renew(mine: number, expiresAtMs: number, aheadMs: number): Promise<void> {
    let next = expiresAtMs;
    try {
      const identity = (await options.refresh(await tokenText(token))) as Partial<Identity> | null;
      if (identity?.expiresAt === undefined) return;
      next = Date.parse(identity.expiresAt);
    } catch {
      // The server rejects the token, the token function fails, or the socket is lost. The identity is as before.
    }
    plan(mine, next, aheadMs);
  }

  async function begin(mine: number): Promise<void> {
    const { now, you } = (await options.info()) as Partial<ServerInfo>;
    if (you?.expiresAt === undefined || now === undefined) return;
    plan(mine, Date.parse(you.expiresAt), Date.parse(now) - session.clock.now());
  }

  return {
    opened() {
      current += 1;
      cancelTimer();
      // Without an answer the expiry is not known, and the server closes the socket in time.
      begin(current).catch(() => {});
    },
    closed() {
      current += 1;
      cancelTimer();
    },
  };
}
