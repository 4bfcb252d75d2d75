import type { Clock } from '../../runtime/clock.ts';
import { LogUnavailable } from '../event-log.ts';
import type { Queries, Session } from './session.ts';

/** Sessions for statements that are independent of each other. */
export interface SessionPool extends Queries {
  /** Reserves a session for as long as `work` runs. @throws LogUnavailable if none is free in time */
  withSession<T>(work: (session: Queries) => Promise<T>): Promise<T>;
  /** As `Session.reset`, for all of them. */
  reset(): void;
  close(): Promise<void>;
}

export interface SessionPoolOptions {
  readonly clock: Clock;
  /** Each connects when it is first used. */
  readonly sessions: readonly Session[];
  /** How long a statement waits for a free session, in milliseconds. @default 5000 */
  readonly freeWaitMs?: number;
}

export function createSessionPool({ clock, sessions, freeWaitMs = 5000 }: SessionPoolOptions): SessionPool {
  const free = [...sessions];
  const waiting = new Set<(session: Session) => void>();

  function take(): Promise<Session> {
    // The one used last is connected.
    const ready = free.findLastIndex(({ isReady }) => isReady);
    const [session] = free.splice(ready === -1 ? 0 : ready, 1);
    if (session !== undefined) return Promise.resolve(session);
    return new Promise((resolve, reject) => {
      const accept = (given: Session): void => {
        cancel();
        waiting.delete(accept);
        resolve(given);
      };
      const cancel = clock.after(freeWaitMs, () => {
        waiting.delete(accept);
        reject(new LogUnavailable('all connections to the database are in use'));
      });
      waiting.add(accept);
    });
  }

  function give(session: Session): void {
    const [next] = waiting;
    if (next === undefined) free.push(session);
    else next(session);
  }

  async function withSession<T>(work: (session: Queries) => Promise<T>): Promise<T> {
    const session = await take();
    try {
      return await work(session);
    } finally {
      give(session);
    }
  }

  return {
    withSession,
    query: (statement) => withSession((session) => session.query(statement)),
    reset() {
      for (const session of sessions) session.reset();
    },
    async close() {
      await Promise.all(sessions.map((session) => session.close()));
    },
  };
}
