import type { Clock } from '../../runtime/clock.ts';
import type { EventLog } from '../../log/event-log.ts';
import type { Queries } from '../../log/postgres/session.ts';
import { isTerminal } from '@stagewire/shared';
import type { SharedQueuePosition } from '../ownership.ts';

/** The queue of all nodes, as this node last saw it. */
export interface QueuePositions {
  /** Queued runs that no node has claimed. */
  readonly queued: number;
  /** Of those that have not begun, in milliseconds since the Unix epoch. */
  readonly oldestQueuedAtMs: number | undefined;
  positionOf(runId: string): SharedQueuePosition | undefined;
  /** Reads the number of queued runs again, unless it is recent. */
  refresh(): void;
  close(): void;
}

/** A run that has not begun. */
interface WaitingRun {
  readonly owner: string;
  /** Milliseconds since the Unix epoch. */
  readonly queuedAtMs: number;
}

export interface QueuePositionsOptions {
  readonly clock: Clock;
  readonly queries: Queries;
  readonly log: Pick<EventLog, 'watchAll' | 'watchForks'>;
}

/** How old positions and numbers may be, in milliseconds. */
const maxAgeMs = 1000;

/** Follows the queued runs of all nodes by their events, which costs no statement. */
export function createQueuePositions({ clock, queries, log }: QueuePositionsOptions): QueuePositions {
  const runs = new Map<string, WaitingRun>();
  /** Runs that began while the queued runs were being read. */
  let begun: Set<string> | undefined = new Set();
  let positions = new Map<string, number>();
  let positionsAtMs = -Infinity;
  let queued = 0;
  let countedMs = -Infinity;
  let isCounting = false;

  const unwatch = log.watchAll((entries) => {
    for (const { event } of entries) {
      const { runId } = event;
      if (event.type === 'run.queued')
        runs.set(runId, { owner: event.owner, queuedAtMs: Date.parse(event.at) });
      else if (event.type === 'run.started' || event.type === 'run.deleted' || isTerminal(event)) {
        runs.delete(runId);
        begun?.add(runId);
      }
    }
  });

  const unwatchForks = log.watchForks(() => {
    runs.clear();
    begun = new Set();
  });

  async function load(): Promise<void> {
    const rows = await queries.query({
      text: `SELECT run_id, owner, queued_at FROM runs WHERE status = 'queued'`,
    });
    for (const row of rows) {
      const runId = String(row['run_id']);
      if (begun?.has(runId) === true) continue;
      runs.set(runId, { owner: String(row['owner']), queuedAtMs: Date.parse(String(row['queued_at'])) });
    }
    begun = undefined;
  }

  async function count(): Promise<void> {
    if (begun !== undefined) await load();
    const [row] = await queries.query({
      name: 'count-queued',
      text: `SELECT count(*) AS queued FROM runs WHERE status = 'queued' AND node IS NULL`,
    });
    queued = Number(row?.['queued'] ?? 0);
  }

  function refresh(): void {
    if (isCounting || clock.elapsed() - countedMs < maxAgeMs) return;
    isCounting = true;
    count()
      // The next refresh tries again.
      .catch(() => undefined)
      .finally(() => {
        countedMs = clock.elapsed();
        isCounting = false;
      });
  }

  function rank(): void {
    if (clock.elapsed() - positionsAtMs < maxAgeMs) return;
    positionsAtMs = clock.elapsed();
    const inOrder = [...runs].toSorted(
      ([one, { queuedAtMs: oneMs }], [other, { queuedAtMs: otherMs }]) =>
        oneMs - otherMs || (one < other ? -1 : 1),
    );
    // The owners take turns. How many of their runs are running is left out: it would take a statement.
    const rounds: string[][] = [];
    const placeOf = new Map<string, number>();
    for (const [runId, { owner }] of inOrder) {
      const place = placeOf.get(owner) ?? 0;
      placeOf.set(owner, place + 1);
      (rounds[place] ??= []).push(runId);
    }
    positions = new Map(rounds.flat().map((runId, index) => [runId, index]));
  }

  return {
    get queued() {
      refresh();
      return queued;
    },
    get oldestQueuedAtMs() {
      let oldest: number | undefined;
      for (const { queuedAtMs } of runs.values()) oldest = Math.min(oldest ?? Infinity, queuedAtMs);
      return oldest;
    },
    positionOf(runId) {
      const run = runs.get(runId);
      if (run === undefined) return undefined;
      rank();
      return { ahead: positions.get(runId) ?? positions.size, queuedAtMs: run.queuedAtMs };
    },
    refresh,
    close() {
      unwatch();
      unwatchForks();
    },
  };
}
