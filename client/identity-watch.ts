import { StagewireError } from '@stagewire/shared';
import type { Identity, ServerInfo } from './generated/contract.ts';
import type { Call } from './transport/call.ts';
import type { Session } from './transport/session.ts';

/** The errors after which the identity is asked for again. */
const codes: ReadonlySet<string> = new Set(['FORBIDDEN', 'UNAUTHENTICATED']);

/** Who the caller is, as the server has answered last. */
export interface IdentityWatch {
  /** `null` without an identity, `undefined` until it is known. */
  readonly identity: Identity | null | undefined;
  /** Calls `listener` with every change, and asks the server while there are listeners. Returns a function that removes it. */
  on(listener: (identity: Identity | null) => void): () => void;
  /** The identity may have changed. */
  recheck(): void;
  /** A subscription was rejected. */
  noteError(error: StagewireError): void;
  /** The same calls; their answers and errors are noted here. */
  readonly call: Call;
}

/**
 * Asks again after a rejected call and on a new connection, since permissions may change, and a session may end, while
 * the client is in use.
 */
export function createIdentityWatch(session: Session, call: Call): IdentityWatch {
  const listeners = new Set<(identity: Identity | null) => void>();
  let identity: Identity | null | undefined;
  /** Answers may arrive in another order than they were asked for: an older one is ignored. */
  let asked = 0;
  let answered = 0;
  /** The first question whose answer is recent enough. */
  let wanted = 1;
  let pending = 0;
  let isAsking = false;

  function take(mine: number, you: Identity | null | undefined): void {
    // A server of an earlier version does not report it.
    if (you === undefined || mine < answered) return;
    answered = mine;
    if (identity !== undefined && JSON.stringify(you) === JSON.stringify(identity)) return;
    identity = you;
    for (const listener of Array.from(listeners)) listener(you);
  }

  async function ask(): Promise<void> {
    if (isAsking) return;
    isAsking = true;
    for (let failures = 0; answered < wanted && listeners.size > 0 && !session.closed; failures += 1) {
      const mine = asked + 1;
      try {
        await watched('server.info', undefined);
        // The answer of a server of an earlier version has no identity.
        answered = Math.max(answered, mine);
      } catch {
        // The connection reports the reason.
        await session.wait(session.backoffMs(failures));
      }
    }
    isAsking = false;
  }

  function recheck(): void {
    wanted = asked + 1;
    if (listeners.size > 0) void ask();
  }

  function noteError(error: unknown): void {
    const isOfIdentity = error instanceof StagewireError && codes.has(error.code);
    if (isOfIdentity) recheck();
  }

  const watched: Call = async (path, input, options) => {
    const isInfo = path === 'server.info';
    const mine = (asked += 1);
    if (isInfo) pending += 1;
    try {
      const answer = await call(path, input, options);
      if (isInfo) take(mine, (answer as ServerInfo).you);
      if (path === 'session.refresh') take(mine, answer as Identity);
      return answer;
    } catch (error) {
      if (!isInfo) noteError(error);
      throw error;
    } finally {
      if (isInfo) pending -= 1;
      if (isInfo && listeners.size > 0) void ask();
    }
  };

  return {
    get identity() {
      return identity;
    },
    on(listener) {
      const entry = (it: Identity | null) => listener(it);
      listeners.add(entry);
      // In another turn: an application that asks for `server.info` at its start does so in this one.
      if (answered < wanted) {
        session.clock.after(0, () => {
          if (pending === 0) void ask();
        });
      }
      return () => void listeners.delete(entry);
    },
    recheck,
    noteError,
    call: watched,
  };
}
