import type { SharedLimits } from '../../limits/shared-limits.ts';
import { storable } from '../../log/postgres/events-read.ts';
import type { Queries } from '../../log/postgres/session.ts';

/** What all nodes on a database count together. */
export function createPostgresLimits(queries: Queries): SharedLimits {
  return {
    async takeStarts(allowances) {
      if (allowances.length === 0) return undefined;
      const [row] = await queries.query({
        name: 'take-starts',
        text: 'SELECT refused, wait_ms FROM take_starts_1($1, $2)',
        values: [allowances.map(({ key }) => storable(key)), allowances.map(({ perMinute }) => perMinute)],
      });
      const refused = row?.['refused'];
      if (typeof refused !== 'number') return undefined;
      return { index: refused - 1, retryAfterMs: Math.ceil(Number(row?.['wait_ms'])) };
    },
    async runsOfOwner(owner) {
      const [row] = await queries.query({
        name: 'runs-of-owner',
        text: `SELECT count(*) FILTER (WHERE node IS NULL AND status = 'queued') AS queued,
            count(*) FILTER (WHERE node IS NOT NULL OR status = 'running') AS running
          FROM runs WHERE owner = $1 AND status IN ('queued', 'running')`,
        values: [storable(owner)],
      });
      return { queued: Number(row?.['queued'] ?? 0), running: Number(row?.['running'] ?? 0) };
    },
  };
}
