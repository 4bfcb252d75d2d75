import type { ExportLease } from '../../log/export-lease.ts';
import type { Queries } from '../../log/postgres/session.ts';

export interface PostgresExportLeaseOptions {
  readonly queries: Queries;
  /** Of the export. */
  readonly name: string;
  /** New with each start of a node. */
  readonly nodeId: string;
  /** How long the lease is valid after its renewal, by the clock of the database, in milliseconds. @default 30000 */
  readonly leaseMs?: number;
}

/** The lease of an export in the database that the nodes share. */
export function createPostgresExportLease(options: PostgresExportLeaseOptions): ExportLease {
  const { queries, name, nodeId, leaseMs = 30_000 } = options;

  return {
    async acquire() {
      const [row] = await queries.query({
        text: `INSERT INTO exports AS e (name, node, lease_until)
          VALUES ($1, $2, clock_timestamp() + $3 * interval '1 millisecond')
          ON CONFLICT (name) DO UPDATE SET node = excluded.node, lease_until = excluded.lease_until
          WHERE e.node IS NULL OR e.node = excluded.node OR e.lease_until < clock_timestamp()
          RETURNING e.incarnation, e.place`,
        values: [name, nodeId, leaseMs],
      });
      if (row === undefined) return undefined;
      const { incarnation, place } = row;
      if (place === null || place === undefined) return 'start';
      return { incarnation: Number(incarnation), globalPosition: Number(place) };
    },
    async save({ incarnation, globalPosition }) {
      const saved = await queries.query({
        text: `UPDATE exports SET incarnation = $3, place = $4,
            lease_until = clock_timestamp() + $5 * interval '1 millisecond'
          WHERE name = $1 AND node = $2 RETURNING name`,
        values: [name, nodeId, incarnation, globalPosition, leaseMs],
      });
      return saved.length > 0;
    },
    async release() {
      try {
        await queries.query({
          text: 'UPDATE exports SET node = NULL WHERE name = $1 AND node = $2',
          values: [name, nodeId],
        });
      } catch {
        // It expires.
      }
    },
  };
}
