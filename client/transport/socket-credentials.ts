import { StagewireError } from '@stagewire/shared';
import type { Renewal } from './renewal.ts';
import type { Session } from './session.ts';
import type { StagewireClientError } from './client-error.ts';
import { invalidTokenError, isSendable, tokenText, type Token } from './token.ts';

export interface SocketCredentialsOptions {
  readonly session: Session;
  readonly token: Token | undefined;
  /** Returns a ticket for one socket; `undefined` if it needs none. */
  readonly ticket?: (() => Promise<string | undefined>) | undefined;
  /** @default the caller has no other credentials */
  readonly renewal?: Renewal | undefined;
  /** Called when the ticket function has failed; it is called again after a backoff. */
  readonly onFailure: () => void;
}

/** What a socket sends to authenticate. */
export interface SocketCredentials {
  /**
   * Before a socket opens: waits for other credentials if the last ones were rejected, and gets a ticket. Returns the
   * error if there will be none.
   */
  prepare(): Promise<StagewireError | StagewireClientError | undefined>;
  /** For the connection parameters. */
  params(): Promise<Readonly<Record<string, string>>>;
  /** The server has rejected them. */
  noteRejected(error: StagewireError): void;
  /** Whether another socket may be accepted after so many rejected ones in a row. */
  canRenew(rejectedInRow: number): boolean;
}

export function createSocketCredentials(options: SocketCredentialsOptions): SocketCredentials {
  const { session, token, ticket, renewal } = options;
  let rejection: StagewireError | undefined;
  /** The renewals before the credentials that the current socket has. */
  let renewals = 0;
  let current: string | undefined;

  /** Whether a ticket was returned, or there is none. */
  async function takeTicket(): Promise<boolean> {
    renewals = renewal?.count ?? 0;
    if (ticket === undefined) return true;
    try {
      current = await ticket();
      return true;
    } catch (error) {
      current = undefined;
      if (!(error instanceof StagewireError) || error.retryable) return false;
      if (error.code === 'UNAUTHENTICATED' && renewal !== undefined) {
        rejection = error;
        return false;
      }
      // The server rejects the socket for the same reason, and reports it to every subscription.
      return true;
    }
  }

  return {
    async prepare() {
      // A function may return another token the next time.
      if (token !== undefined && typeof token !== 'function' && !isSendable(token)) return invalidTokenError(token);
      for (let failures = 0; !session.closed; failures += 1) {
        const error = rejection;
        if (error !== undefined && renewal !== undefined) {
          if (!(await renewal.after(renewals, error))) return error;
          rejection = undefined;
        }
        if (await takeTicket()) return undefined;
        if (rejection === undefined) options.onFailure();
        await session.wait(session.backoffMs(failures));
      }
      return undefined;
    },
    async params() {
      return {
        ...(token !== undefined && { token: await tokenText(token) }),
        ...(current !== undefined && { ticket: current }),
      };
    },
    noteRejected(error) {
      rejection = error;
    },
    canRenew: (rejectedInRow) => renewal !== undefined || (typeof token === 'function' && rejectedInRow <= 1),
  };
}
