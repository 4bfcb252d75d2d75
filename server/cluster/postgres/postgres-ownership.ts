import type { Clock } from '../../runtime/clock.ts';
import type { Database } from '../../log/postgres/database.ts';
import { formatMessage } from '../../log/postgres/messages.ts';
import type { PostgresLog } from '../../log/postgres/postgres-log.ts';
import { createClaimDelay, type ClaimDelayOptions, type Peer } from '../claim-delay.ts';
import type { Claim, Ownership } from '../ownership.ts';
import { createQueuePositions } from './queue-positions.ts';

export interface PostgresOwnershipOptions extends Pick<ClaimDelayOptions, 'olderClaimDelayMs'> {
  readonly clock: Clock;
  readonly database: Database;
  readonly log: Pick<PostgresLog, 'watchAll' | 'watchForks' | 'catchUp' | 'setPeers'>;
  readonly nodeName: string;
  /** Of this program; without spaces. */
  readonly version: string;
  /** How long a lease is valid after its renewal, in milliseconds, by the database's clock. @default 10000 */
  readonly leaseMs?: number;
}

export interface PostgresOwnership extends Ownership {
  /** This node is about to append the first events of a run, which claim it. */
  expect(runId: string): void;
  close(): void;
}

const live = `status IN ('queued', 'running')`;

/** Has the node of the run a lease? */
const hasLease = `EXISTS (SELECT FROM nodes AS n WHERE n.node = r.node AND n.lease_until > clock_timestamp())`;

/** Runs that other nodes may be claiming at the same moment: a claim skips them. */
const maxLocked = 100;

/** May node $1 claim the run? $2: the lease of its last renewal, or NULL; $3: half of its duration, in milliseconds. */
const isClaimable = `r.${live} AND r.node IS DISTINCT FROM $1 AND (r.node IS NULL OR (NOT ${hasLease} AND EXISTS (
  SELECT FROM nodes AS me WHERE me.node = $1 AND me.lease_until = $2::timestamptz
    AND me.lease_until > clock_timestamp() + $3 * interval '1 millisecond'
)))`;

/** Owners whose last turn is remembered. */
const maxServed = 1000;

/** Runs that a node of an older version considers at a time. */
const maxDelayedClaims = 10_000;

/**
 * Leases and claims in the database. The column `node` of a run is the fence of its appends, so that a claim and the
 * rejection of the former node's appends are one commit.
 */
export function createPostgresOwnership(options: PostgresOwnershipOptions): PostgresOwnership {
  const { clock, database, log, nodeName, version, leaseMs = 10_000 } = options;
  const { nodeId, pool, session, channel } = database;
  /** Runs that this node knows it has. */
  const known = new Set<string>();
  const listeners = new Set<() => void>();
  const positions = createQueuePositions({ clock, queries: pool, log });
  positions.refresh();
  /** Renewals that were sent, and the last one whose notification has come back. */
  let renewals = 0;
  let echoed = 0;
  const delay = createClaimDelay(options);
  let hasJoined = false;
  /** The owners whose runs this node has claimed, the last one last: they take turns also where one run executes at a time. */
  const served = new Set<string>();
  const unsubscribe = [
    database.subscribe('q', () => {
      for (const listener of listeners) listener();
    }),
    database.subscribe('l', ({ words: [node, renewal] }) => {
      if (node === nodeId) echoed = Number(renewal);
    }),
    database.subscribe('n', ({ words: [node = '', peerVersion = ''] }) => {
      if (node === nodeId) return;
      if (peerVersion === '-') delay.drain(node);
      else {
        delay.join({ nodeId: node, version: peerVersion });
        log.setPeers(true);
      }
    }),
  ];

  const announcement = (word: string) => formatMessage({ kind: 'n', words: [nodeId, word], body: '' });

  /** The runs that a node of an older version may claim; `undefined` for all. */
  async function ripe(takeOver: string | undefined): Promise<readonly string[] | undefined> {
    if (!delay.isOlder) return undefined;
    const rows = await pool.query({
      name: 'claimable',
      text: `SELECT r.run_id FROM runs AS r WHERE ${isClaimable} ORDER BY r.queued_at, r.run_id LIMIT ${maxDelayedClaims}`,
      values: [nodeId, takeOver, leaseMs / 2],
    });
    return delay.ripe(rows.map((row) => String(row['run_id'])));
  }

  return {
    nodeId,
    leaseMs,
    async claim({ atMost, takeOver, maxOfOwner = Infinity }) {
      const allowed = await ripe(takeOver);
      // The owner with the fewest running runs first, so that one owner's queue does not delay all others; those of one
      // claim count as running for the next ones. Among equals the owner comes first that was served longest ago.
      const rows = await pool.query({
        name: 'claim',
        text: `WITH busy AS (
            SELECT owner, count(*) AS runs FROM runs WHERE ${live} AND node IS NOT NULL GROUP BY owner
          ), wanted AS (
            SELECT r.number, r.owner, r.queued_at, r.run_id, r.status = 'queued' AND r.node IS NULL AS is_unclaimed,
              row_number() OVER (PARTITION BY r.owner ORDER BY r.queued_at, r.run_id) AS place
            FROM runs AS r WHERE ${isClaimable} AND ($6::text[] IS NULL OR r.run_id = ANY ($6))
          ), next AS (
            SELECT w.number, row_number() OVER (
                ORDER BY coalesce(busy.runs, 0) + w.place, coalesce(s.turn, 0), w.queued_at, w.run_id
              ) AS rank
            FROM wanted AS w LEFT JOIN busy ON busy.owner = w.owner
            LEFT JOIN unnest($7::text[]) WITH ORDINALITY AS s (owner, turn) ON s.owner = w.owner
            WHERE NOT w.is_unclaimed OR coalesce(busy.runs, 0) + w.place <= $8
            ORDER BY rank LIMIT $5::bigint + ${maxLocked}
          ), free AS (
            SELECT r.number FROM next JOIN runs AS r ON r.number = next.number
            WHERE ${isClaimable}
            ORDER BY next.rank
            LIMIT $5 FOR NO KEY UPDATE OF r SKIP LOCKED
          ), claimed AS (
            UPDATE runs AS r SET node = $1 FROM free WHERE r.number = free.number
            RETURNING r.run_id, r.owner, r.status, r.queued_at
          )
          SELECT run_id, owner, status, queued_at, true AS is_new FROM claimed
          UNION ALL
          SELECT run_id, owner, status, queued_at, false FROM runs WHERE ${live} AND node = $1 AND NOT run_id = ANY ($4)
          ORDER BY queued_at, run_id`,
        values: [
          nodeId,
          takeOver,
          leaseMs / 2,
          [...known],
          Number.isFinite(atMost) ? atMost : 2_000_000_000,
          allowed,
          [...served],
          Number.isFinite(maxOfOwner) ? maxOfOwner : 2_000_000_000,
        ],
      });
      positions.refresh();
      return rows.flatMap((row): Claim[] => {
        const runId = String(row['run_id']);
        // Its start is in progress here.
        if (row['is_new'] !== true && known.has(runId)) return [];
        known.add(runId);
        const owner = String(row['owner']);
        served.delete(owner);
        served.add(owner);
        const [first] = served.size > maxServed ? served : [];
        if (first !== undefined) served.delete(first);
        const reason = row['status'] === 'queued' ? 'queued' : 'takeover';
        return [{ runId, owner, reason, queuedAtMs: Date.parse(String(row['queued_at'])) }];
      });
    },
    async claimQueued(runId) {
      const rows = await pool.query({
        text: `UPDATE runs SET node = $1 WHERE number = (
            SELECT number FROM runs WHERE run_id = $2 AND status = 'queued' AND node IS NULL
            FOR NO KEY UPDATE SKIP LOCKED
          ) RETURNING run_id`,
        values: [nodeId, runId],
      });
      if (rows.length > 0) known.add(runId);
      return rows.length > 0;
    },
    async release(runIds) {
      const given = runIds === 'all' ? [...known] : runIds;
      await pool.query({
        text: `WITH given AS (
            SELECT number FROM runs WHERE ${live} AND node = $1 AND ($2 OR run_id = ANY ($3))
            ORDER BY run_id FOR NO KEY UPDATE
          ), released AS (
            UPDATE runs AS r SET node = NULL FROM given WHERE r.number = given.number RETURNING r.run_id
          ), gone AS (
            DELETE FROM nodes WHERE $2 AND node = $1
          )
          SELECT CASE WHEN count(*) > 0 THEN pg_notify($4, 'q') END FROM released`,
        values: [nodeId, runIds === 'all', given, channel],
      });
      for (const runId of given) known.delete(runId);
    },
    async renew() {
      renewals += 1;
      const renewal = renewals;
      const [row] = await session.query({
        name: 'renew',
        text: `WITH renewed AS (
            INSERT INTO nodes (node, name, version, backend_pid, lease_until)
            VALUES ($1, $2, $3, pg_backend_pid(), clock_timestamp() + $4 * interval '1 millisecond')
            ON CONFLICT (node) DO UPDATE SET backend_pid = excluded.backend_pid, lease_until = excluded.lease_until
            RETURNING lease_until::text AS lease
          )
          SELECT extract(epoch FROM clock_timestamp()) * 1000 AS now_ms, last_place_1() AS place, lease,
            ARRAY(SELECT run_id::text FROM runs WHERE run_id = ANY ($5) AND ${live} AND node <> $1) AS lost,
            (
              SELECT json_agg(json_build_object('nodeId', node, 'version', version)) FROM nodes
              WHERE node <> $1 AND lease_until > clock_timestamp()
            ) AS peers,
            (
              SELECT extract(epoch FROM min(lease_until) - clock_timestamp()) * 1000 FROM nodes
              WHERE node <> $1 AND lease_until > clock_timestamp()
            ) AS next_expiry_ms,
            CASE WHEN $6 THEN pg_notify($7, $8) END, pg_notify($7, $9)
          FROM renewed`,
        values: [
          nodeId,
          nodeName,
          version,
          leaseMs,
          [...known],
          !hasJoined,
          channel,
          announcement(version),
          formatMessage({ kind: 'l', words: [nodeId, String(renewal)], body: '' }),
        ],
      });
      hasJoined = true;
      const peers = (row?.['peers'] ?? []) as readonly Peer[];
      delay.setPeers(peers);
      log.setPeers(peers.length > 0);
      const lost = (row?.['lost'] ?? []) as readonly string[];
      for (const runId of lost) known.delete(runId);
      // Silence proves nothing: the last notification may have been lost.
      await log.catchUp(Number(row?.['place'] ?? 0));
      // A session gets its own notifications before the response of the statement that sends them.
      const hasEcho = echoed === renewal;
      const expiry = row?.['next_expiry_ms'] ?? undefined;
      return {
        storeNowMs: Number(row?.['now_ms']),
        lost,
        lease: String(row?.['lease']),
        hasEcho,
        ...(expiry === undefined ? {} : { nextExpiryMs: Number(expiry) }),
      };
    },
    async hasPeers() {
      const rows = await pool.query({
        text: `SELECT 1 FROM nodes
          WHERE NOT node = ANY ($1) AND lease_until > clock_timestamp() + $2 * interval '1 millisecond' LIMIT 1`,
        values: [[nodeId, ...delay.drainingIds], leaseMs / 2],
      });
      return rows.length > 0;
    },
    announceDrain() {
      pool
        .query({ text: 'SELECT pg_notify($1, $2)', values: [channel, announcement('-')] })
        .catch(() => undefined);
    },
    onChange(listener) {
      const own = () => listener();
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    get queued() {
      return positions.queued;
    },
    get oldestQueuedAtMs() {
      return positions.oldestQueuedAtMs;
    },
    positionOf: (runId) => positions.positionOf(runId),
    withSweepLock: (sweep) =>
      pool.withSession(async (holder) => {
        const lock = database.lockKey('sweep');
        const [row] = await holder.query({
          text: 'SELECT pg_try_advisory_lock($1) AS locked',
          values: [lock],
        });
        if (row?.['locked'] !== true) return undefined;
        try {
          return await sweep();
        } finally {
          // A lost connection has released it.
          await holder
            .query({ text: 'SELECT pg_advisory_unlock($1)', values: [lock] })
            .catch(() => undefined);
        }
      }),
    expect: (runId) => void known.add(runId),
    close() {
      for (const stop of unsubscribe) stop();
      positions.close();
    },
  };
}
