import { createPostgresHeartbeats } from '../../server/cluster/postgres/postgres-heartbeats.ts';
import { createPostgresOwnership } from '../../server/cluster/postgres/postgres-ownership.ts';
import { createPostgresRelay } from '../../server/cluster/postgres/postgres-relay.ts';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { openDatabase, type Database } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import type { ContractNode, NotificationFaults } from '../contract/two-nodes-contract.ts';
import { createSeededChance } from './seeded-random-ids.ts';

export interface PostgresNodeOptions {
  readonly url: string;
  readonly schema: string;
  readonly nodeId: string;
  readonly leaseMs?: number;
  /** Of its program. @default 'test' */
  readonly version?: string;
  readonly olderClaimDelayMs?: number;
  /** @default 'ship' */
  readonly notify?: 'ship' | 'poke';
}

/** A node over PostgreSQL whose notifications and answers can be disturbed, without a server above it. */
export async function openPostgresNode(
  options: PostgresNodeOptions,
): Promise<ContractNode & AsyncDisposable> {
  const { nodeId, leaseMs = 1500 } = options;
  const clock = systemClock;
  const random = createSeededChance(7);
  let faults: NotificationFaults = {};
  let isLosingAnswers = false;
  const opened = await openDatabase({ ...options, clock, random: () => random.next() });
  const database: Database = {
    ...opened,
    pool: {
      ...opened.pool,
      async query(statement) {
        const rows = await opened.pool.query(statement);
        if (isLosingAnswers) throw new LogUnavailable('the answer was lost', { outcome: 'unknown' });
        return rows;
      },
    },
    subscribe(kind, listener) {
      return opened.subscribe(kind, (message) => {
        // A node's own messages are on the connection of their statement: they are lost only with its answer.
        if (message.words[0] === nodeId && (kind === 'e' || kind === 'p')) return listener(message);
        const { lost = 0, doubled = 0, latencyMs = 0 } = faults;
        const deliver = () => clock.after(random.next() * latencyMs, () => listener(message));
        if (random.next() < doubled) deliver();
        if (random.next() < lost) return;
        if (latencyMs === 0) listener(message);
        else deliver();
      });
    },
  };
  const log = createPostgresLog({ clock, database, notify: options.notify ?? 'ship' });
  const ownership = createPostgresOwnership({
    clock,
    database,
    log,
    nodeName: nodeId,
    version: options.version ?? 'test',
    leaseMs,
    olderClaimDelayMs: options.olderClaimDelayMs,
  });
  const commands = createPostgresRelay({ clock, database });
  return {
    log: {
      ...log,
      append(append) {
        if (append.claim === true) ownership.expect(append.runId);
        return log.append(append);
      },
    },
    ownership,
    commands,
    heartbeats: createPostgresHeartbeats(database),
    setFaults(given) {
      faults = given;
    },
    loseAnswers(isLosing) {
      isLosingAnswers = isLosing;
    },
    async [Symbol.asyncDispose]() {
      ownership.close();
      commands.close();
      await log.close();
    },
  };
}
