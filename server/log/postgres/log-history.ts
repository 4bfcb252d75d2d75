import { LogUnavailable } from '../event-log.ts';
import { createIncarnations, maxIncarnations } from '../incarnations.ts';
import type { Queries, Row } from './session.ts';

/** The incarnations of the log as this node knows them, and what it has seen of the log. */
export interface LogHistory {
  /** As `EventLog.incarnationAt`. */
  at(globalPosition: number): number;
  /** This node has read, or was notified of, everything up to this global position. */
  see(globalPosition: number): void;
  /** The highest position that this node has seen and that is not known to be lost. */
  readonly seen: number;
  /**
   * Begins an incarnation if the engine is another one than before, or if the log ends before what this node has seen, and
   * reads all incarnations. What was lost is reported before this resolves.
   *
   * @returns the process of the engine. @throws LogUnavailable if the database has an older history than this node knows.
   */
  check(queries: Queries): Promise<string>;
  /** Calls `listener` with the last position that was kept, if this node has seen later ones. Returns a function that unsubscribes. */
  onFork(listener: (lastKept: number) => void): () => void;
}

export interface LogHistoryOptions {
  /** The lock of the order of commits. */
  readonly orderLock: string;
  readonly channel: string;
  /** Another incarnation has begun, in this process of the engine: connections to other ones are stale. */
  onBegin(engine: string): void;
}

/** Of a database that is not the latest: the former primary, or a backup that was restored while it was in use. */
export const olderHistoryProblem =
  'this database is older than the one that this node has used before; if it was restored on purpose, restart the node';

export function createLogHistory({ orderLock, channel, onBegin }: LogHistoryOptions): LogHistory {
  const incarnations = createIncarnations([]);
  const listeners = new Set<(lastKept: number) => void>();
  let seen = 0;

  function learn(rows: readonly Row[]): string {
    const all = rows.map((row) => ({
      incarnation: Number(row['incarnation']),
      forkedAfter: Number(row['forked_after']),
    }));
    const latest = all.at(-1)?.incarnation ?? 0;
    const engine = String(rows.at(-1)?.['engine']);
    const before = incarnations.current;
    if (latest < before) throw new LogUnavailable(olderHistoryProblem);
    if (latest === before) return engine;
    const lastKept = incarnations.set(all);
    if (before !== 0) onBegin(engine);
    if (lastKept < seen) {
      seen = lastKept;
      for (const listener of listeners) listener(lastKept);
    }
    return engine;
  }

  return {
    at: (globalPosition) => incarnations.at(globalPosition),
    see(globalPosition) {
      seen = Math.max(seen, globalPosition);
    },
    get seen() {
      return seen;
    },
    async check(queries) {
      return learn(
        await queries.query({
          text: 'SELECT incarnation, forked_after, engine FROM begin_incarnation_1($1, $2, $3, $4, $5)',
          values: [orderLock, channel, incarnations.current, seen, maxIncarnations],
        }),
      );
    },
    onFork(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
