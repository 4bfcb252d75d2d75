import { errorTable, StagewireError, type ErrorCode, type Receipt, type RunCommand } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { Principal } from '../../identity/principal.ts';
import { LogUnavailable } from '../../log/event-log.ts';
import type { Database } from '../../log/postgres/database.ts';
import type { Clock } from '../../runtime/clock.ts';
import { quietLogger, type Logger } from '../../runtime/logger.ts';
import { wait } from '../../runtime/wait.ts';
import type { CommandRelay, NoExecutor } from '../command-relay.ts';
import { readRelayedCommand } from './relayed-command.ts';

export interface PostgresRelayOptions {
  readonly clock: Clock;
  readonly database: Database;
  /** Reports defects while a command of another node is decided. @default logs nothing */
  readonly logger?: Logger;
  /** A command that no node has taken by then is withdrawn, in milliseconds. @default 5000 */
  readonly takeTimeoutMs?: number;
  /** How long a command that was taken is waited for, in milliseconds. @default 30000 */
  readonly answerTimeoutMs?: number;
}

export interface PostgresRelay extends CommandRelay {
  close(): void;
}

/** Interval between two looks at a command's row, in case its notification was lost, in milliseconds. */
const pollEveryMs = 500;
/** Rows of nodes that did not come back are deleted after this time. */
const maxRowAge = '10 minutes';
const cleanEveryMs = 60_000;

type Answer = { readonly receipt: Receipt | NoExecutor } | { readonly error: AnsweredError };

interface AnsweredError {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
}

/**
 * A command is a row that the node of its run takes and answers. The sender withdraws the row only as long as it is not
 * taken, so that what its caller learns is true in every case.
 */
export function createPostgresRelay(options: PostgresRelayOptions): PostgresRelay {
  const { clock, database, logger = quietLogger, takeTimeoutMs = 5000, answerTimeoutMs = 30_000 } = options;
  const { nodeId, pool, channel } = database;
  /** Wakes those that wait for an answer, by the id of the row. */
  const waiting = new Map<string, () => void>();
  let decide: Parameters<CommandRelay['serve']>[0] | undefined;
  let isTaking = false;
  let isTakeWanted = false;
  let cleanedMs = clock.elapsed();
  /** How often rows may have been lost, with their ids assigned again. */
  let forks = 0;

  const unsubscribe = [
    database.subscribe('c', ({ words: [node] }) => {
      if (node === nodeId) take();
    }),
    database.subscribe('a', ({ words: [node, id = ''] }) => {
      if (node === nodeId) waiting.get(id)?.();
    }),
    database.history.onFork(() => {
      forks += 1;
      for (const wake of Array.from(waiting.values())) wake();
    }),
  ];

  /** @returns the id of its row; `undefined` if no other node with a lease has the run */
  async function send(command: RunCommand, principal: Principal): Promise<string | undefined> {
    const [row] = await pool.query({
      name: 'send-command',
      text: `WITH target AS (
          SELECT r.node FROM runs AS r JOIN nodes AS n ON n.node = r.node
          WHERE r.run_id = $2 AND r.status IN ('queued', 'running') AND r.node <> $1
            AND n.lease_until > clock_timestamp()
        ), sent AS (
          INSERT INTO commands (run_id, from_node, command, principal)
          SELECT $2, $1, $3, $4 FROM target RETURNING id
        )
        SELECT sent.id, pg_notify($5, concat('c ', target.node)) FROM sent, target`,
      values: [nodeId, command.runId, JSON.stringify(command), JSON.stringify(principal), channel],
    });
    return row === undefined ? undefined : String(row['id']);
  }

  async function outcomeOf(id: string): Promise<Receipt | NoExecutor> {
    const sentMs = clock.elapsed();
    const forksBefore = forks;
    for (;;) {
      await pause(id);
      if (forks !== forksBefore) throw wireErrors.LOG_UNAVAILABLE.perhapsAccepted();
      const outcome = await look(id, clock.elapsed() - sentMs).catch((error: unknown) => {
        // The database is away: the row, and what became known of it, are there when it is back.
        if (!(error instanceof LogUnavailable) || clock.elapsed() - sentMs > answerTimeoutMs) throw error;
        return undefined;
      });
      if (outcome === undefined) continue;
      if (outcome === 'no-executor') return outcome;
      if ('receipt' in outcome) return outcome.receipt;
      throw errorOf(outcome.error);
    }
  }

  /** Until the answer is announced, or it is time to look. */
  function pause(id: string): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        waiting.delete(id);
        resolve();
      };
      const cancel = clock.after(pollEveryMs, done);
      waiting.set(id, done);
    });
  }

  /** @returns `undefined` while there is none. */
  async function look(id: string, forMs: number): Promise<Answer | NoExecutor | undefined> {
    const [row] = await pool.query({
      name: 'look-for-answer',
      // Withdrawn only if it was not taken; the row of a node that has lost the run is of no use either.
      text: `DELETE FROM commands AS c WHERE c.id = $1 AND (
          c.answer IS NOT NULL OR (c.taken_by IS NULL AND $2) OR $3
          OR (c.taken_by IS NOT NULL AND NOT EXISTS (
            SELECT FROM runs AS r JOIN nodes AS n ON n.node = r.node
            WHERE r.run_id = c.run_id AND r.node = c.taken_by AND n.lease_until > clock_timestamp()
          ))
        ) RETURNING c.answer`,
      values: [id, forMs >= takeTimeoutMs, forMs >= answerTimeoutMs],
    });
    if (row === undefined) return undefined;
    const { answer } = row;
    return typeof answer === 'string' ? (JSON.parse(answer) as Answer) : 'no-executor';
  }

  /** Takes the commands for runs of this node. One statement at a time. */
  function take(): void {
    if (decide === undefined) return;
    isTakeWanted = isTaking;
    if (isTaking) return;
    isTaking = true;
    pool
      .query({
        name: 'take-commands',
        text: `UPDATE commands SET taken_by = $1 WHERE id IN (
            SELECT c.id FROM commands AS c JOIN runs AS r ON r.run_id = c.run_id
            WHERE c.answer IS NULL AND r.node = $1 AND c.taken_by IS DISTINCT FROM $1
            ORDER BY c.id FOR UPDATE OF c SKIP LOCKED
          ) RETURNING id, run_id, from_node, command, principal`,
        values: [nodeId],
      })
      .then(
        (rows) => {
          for (const row of rows) void answerRow(row);
        },
        // The sender's wait, or the next sweep, tries again.
        () => undefined,
      )
      .finally(() => {
        isTaking = false;
        if (isTakeWanted) take();
      });
  }

  async function answerRow(row: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = JSON.stringify(await answerOf(row));
    const [id, from] = [row['id'], row['from_node']];
    const untilMs = clock.elapsed() + answerTimeoutMs;
    for (;;) {
      try {
        await pool.query({
          text: `WITH answered AS (UPDATE commands SET answer = $2 WHERE id = $1 RETURNING id)
            SELECT pg_notify($3, concat('a ', $4::text, ' ', id)) FROM answered`,
          values: [id, answer, channel, from],
        });
        return;
      } catch {
        if (clock.elapsed() >= untilMs || decide === undefined) return;
        await wait(clock, pollEveryMs);
      }
    }
  }

  async function answerOf(row: Readonly<Record<string, unknown>>): Promise<Answer> {
    try {
      const command = readRelayedCommand(String(row['command']));
      // It is accepted when the run has moved to a node of that version.
      if (command === undefined) throw wireErrors.EXECUTOR_UNREACHABLE(String(row['run_id']));
      const principal = JSON.parse(String(row['principal'])) as Principal;
      return { receipt: (await decide?.(command, principal)) ?? 'no-executor' };
    } catch (error) {
      const { code, message, details } = asStagewireError(error);
      return { error: { code, message, details } };
    }
  }

  function asStagewireError(error: unknown): StagewireError {
    if (error instanceof StagewireError) return error;
    if (error instanceof LogUnavailable) return wireErrors.LOG_UNAVAILABLE.perhapsAccepted(error);
    logger.error({ error }, 'a command of another node could not be decided');
    return wireErrors.INTERNAL.call(error);
  }

  function clean(): void {
    if (clock.elapsed() - cleanedMs < cleanEveryMs) return;
    cleanedMs = clock.elapsed();
    pool
      .query({
        text: `WITH old AS (DELETE FROM commands WHERE at < clock_timestamp() - interval '${maxRowAge}')
          DELETE FROM nodes WHERE lease_until < clock_timestamp() - interval '1 day'`,
      })
      .catch(() => undefined);
  }

  return {
    async deliver(command, principal) {
      const id = await send(command, principal);
      return id === undefined ? 'no-executor' : outcomeOf(id);
    },
    serve(given) {
      decide = given;
      take();
      return () => {
        decide = undefined;
      };
    },
    poll() {
      take();
      clean();
    },
    close() {
      for (const stop of unsubscribe) stop();
    },
  };
}

/** The code of a later version is not in the table of this one. */
function errorOf({ code, message, details }: AnsweredError): StagewireError {
  if (!isErrorCode(code)) return wireErrors.INTERNAL.call(new Error(`${code}: ${message}`));
  return new StagewireError(code, message, { details });
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorTable, code);
}
