import { RunMissing } from '../event-log.ts';
import type { Deletion, DeletionEntry } from '../event-log.ts';
import { storable, type EventReader } from './events-read.ts';
import type { Queries } from './session.ts';

/** Removes runs: hides one in a short transaction, and deletes its events afterwards in steps. */
export interface Removal {
  /** @throws Error if the run is live */
  remove(runId: string): Promise<void>;
  /** @returns its entry, unless it was deleted before. @throws RunMissing. @throws Error if the run is live */
  delete(
    runId: string,
    by: Pick<Deletion, 'actor' | 'at'>,
  ): Promise<{ readonly deletion: Deletion; readonly entry?: DeletionEntry }>;
  /**
   * Deletes the events of hidden runs, until there are none or `isStopped`. One purge at a time: a call during another one
   * waits for it. Runs that another node is purging are left to that node.
   */
  purge(isStopped: () => boolean): Promise<void>;
}

export interface RemovalOptions {
  readonly queries: Queries;
  readonly reader: Pick<EventReader, 'runs'>;
  readonly nodeId: string;
  readonly channel: string;
  readonly orderLock: string;
}

/** Events deleted in one transaction. */
const eventsPerPurge = 5000;

export function createRemoval(options: RemovalOptions): Removal {
  const { queries, reader, nodeId, channel, orderLock } = options;
  let purging: Promise<void> | undefined;
  /** Starts when the purge that is in progress has ended: that one may not have seen the latest run. */
  let nextPurge: Promise<void> | undefined;

  // Skips a run that another node is purging: two transactions that delete the same events can deadlock.
  async function purgeAll(isStopped: () => boolean): Promise<void> {
    while (!isStopped()) {
      const [row] = await queries.query({
        text: `WITH one AS (SELECT run FROM purges ORDER BY run LIMIT 1 FOR UPDATE SKIP LOCKED),
            gone AS (
              DELETE FROM events WHERE place IN (
                SELECT place FROM events WHERE run = (SELECT run FROM one) ORDER BY seq LIMIT ${eventsPerPurge}
              ) RETURNING 1
            ), done AS (
              DELETE FROM purges WHERE run = (SELECT run FROM one) AND (SELECT count(*) FROM gone) < ${eventsPerPurge}
            )
            SELECT run FROM one`,
      });
      if (row === undefined) return;
    }
  }

  function purgeAlone(isStopped: () => boolean): Promise<void> {
    const purge = purgeAll(isStopped).finally(() => {
      purging = undefined;
    });
    purging = purge;
    return purge;
  }

  return {
    async remove(runId) {
      const removed = await queries.query({
        text: `WITH gone AS (
            DELETE FROM runs WHERE run_id = $1 AND status NOT IN ('queued', 'running')
            RETURNING number, run_id, owner
          ), tombstone AS (
            INSERT INTO removed (run_id, owner, place)
            SELECT run_id, owner, coalesce((SELECT max(place) FROM events WHERE run = number), 0) FROM gone
          ), purge AS (
            INSERT INTO purges (run) SELECT number FROM gone
          )
          SELECT number FROM gone`,
        values: [storable(runId)],
      });
      if (removed.length > 0) return;
      const found = (await reader.runs([runId])).get(runId);
      if (found?.status === 'present') throw new Error(`${runId} is live; only an ended run can be removed`);
    },
    async delete(runId, { actor, at }) {
      const [row] = await queries.query({
        text: 'SELECT place, owner, seq FROM delete_1($1, $2, $3, $4, $5, $6)',
        values: [nodeId, channel, orderLock, storable(runId), JSON.stringify(actor), at],
      });
      if (row !== undefined) {
        const owner = String(row['owner']);
        const event = { type: 'run.deleted', runId, seq: Number(row['seq']), at, actor } as const;
        return {
          deletion: { owner, actor, at },
          entry: { globalPosition: Number(row['place']), owner, event },
        };
      }
      const found = (await reader.runs([runId])).get(runId);
      if (found === undefined) throw new RunMissing(runId, 'is not in the log');
      if (found.status !== 'removed') throw new Error(`${runId} is live; only an ended run can be deleted`);
      if (found.deletion === undefined) throw new RunMissing(runId, 'was removed by retention');
      return { deletion: found.deletion };
    },
    purge(isStopped) {
      if (purging === undefined) return purgeAlone(isStopped);
      // Many deletions at the same time must not take all connections, which callers need as well.
      nextPurge ??= purging
        .catch(() => undefined)
        .then(() => {
          nextPurge = undefined;
          return purgeAlone(isStopped);
        });
      return nextPurge;
    },
  };
}
