import type { SharedRun, SharedRuns } from '../../identity/links/links-method.ts';
import { summaryColumns } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';
import { readStoredSummary, summaryRow } from '../../log/stored-summary.ts';
import { queryTwice } from './access-queries.ts';
import { createBatchedReads } from './batched-reads.ts';

/** Looks up links in the index of runs: those of many connections in one statement. All methods throw LogUnavailable. */
export function createPostgresSharedRuns(queries: Queries): SharedRuns {
  return {
    find: createBatchedReads<SharedRun>({
      async read(runIds) {
        const rows = await queryTwice(queries, {
          name: 'find-shared-runs',
          text: `SELECT ${summaryColumns} FROM runs AS r WHERE r.run_id = ANY ($1)`,
          values: [runIds],
        });
        const summaries = rows.map((row) => readStoredSummary(summaryRow(row)));
        const readable = summaries.filter(({ status }) => status !== 'unreadable');
        return new Map(readable.map(({ runId, owner, shares = [] }) => [runId, { owner, shares }]));
      },
    }),
    // Creating a link, removing one and deleting a run are commits.
    async version() {
      const [row] = await queryTwice(queries, { name: 'last-place', text: 'SELECT last_place_1() AS place' });
      return String(row?.['place']);
    },
  };
}
