import { LogUnavailable } from '../../log/event-log.ts';
import type { Queries, Session } from '../../log/postgres/session.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createSerialQueue } from '../../runtime/serial-queue.ts';

export interface AccessQueriesOptions {
  readonly session: Session;
  readonly clock: Pick<Clock, 'elapsed'>;
  /** How long statements are rejected after one has found no connection, in milliseconds. @default 1000 */
  readonly retryMs?: number;
  /** Statements that may wait; further ones are rejected. @default 2000 */
  readonly maxWaiting?: number;
}

/**
 * Statements about callers, on a connection of their own: however many callers try to authenticate, the log does not wait
 * for them. While the database cannot be reached, one statement in a while waits for it, and the others fail at once.
 */
export function createAccessQueries(options: AccessQueriesOptions): Queries {
  const { session, clock, retryMs = 1000, maxWaiting = 2000 } = options;
  const inTurn = createSerialQueue();
  let waiting = 0;
  let failure: { readonly error: unknown; readonly untilMs: number } | undefined;

  async function attempt(statement: Parameters<Queries['query']>[0]) {
    if (failure !== undefined && !session.isReady && clock.elapsed() < failure.untilMs) throw failure.error;
    try {
      const rows = await session.query(statement);
      failure = undefined;
      return rows;
    } catch (error) {
      if (!session.isReady) failure = { error, untilMs: clock.elapsed() + retryMs };
      throw error;
    }
  }

  return {
    async query(statement) {
      if (waiting >= maxWaiting) throw new LogUnavailable('too many statements about callers wait');
      waiting += 1;
      try {
        return await inTurn.post(() => attempt(statement));
      } finally {
        waiting -= 1;
      }
    },
  };
}

/** Runs a statement that may be repeated: once more if the connection was lost while it was in progress. */
export async function queryTwice(
  queries: Queries,
  statement: Parameters<Queries['query']>[0],
): ReturnType<Queries['query']> {
  try {
    return await queries.query(statement);
  } catch (error) {
    if (error instanceof LogUnavailable && error.outcome === 'unknown') return queries.query(statement);
    throw error;
  }
}
