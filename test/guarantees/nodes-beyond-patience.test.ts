import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { expectWhole, followAll, startAt } from '../support/node-crowd.ts';
import { startNodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import { isLong, sizes, timeoutMs } from './sizes.ts';

// A database that stands still for longer than the patience of the nodes: statements wait without an error.

const { runs, chars } = sizes.nodes;
const [patienceMs, frozenMs] = isLong ? [10_000, 30_000] : [1000, 4500];
const slow = `rehearsal/ttft=30,tps=60,chars=${chars}`;

describePostgres(
  (database) => {
    test(
      'runs continue in order after an outage beyond the patience, and starts and commands meanwhile may be sent again',
      { timeout: timeoutMs },
      async () => {
        const schema = database.nextSchema();
        const env = { STAGEWIRE_HEARTBEAT_MS: '300', STAGEWIRE_LOG_PATIENCE_MS: String(patienceMs) };
        await using a = await startNodeProcess({ database, schema, name: 'a', env });
        await using b = await startNodeProcess({ database, schema, name: 'b', env });
        const runIds = await Promise.all(
          Array.from({ length: runs }, (_, index) => startAt(index % 2 === 0 ? a.port : b.port, slow)),
        );
        const crowd = followAll(runIds, [a.port, b.port]);
        await until(() => crowd.every(({ ledger }) => ledger.seq > 5), 'all runs to write');
        database.engine?.signal('SIGSTOP');
        // The length of the outage is what this is about.
        await sleep(patienceMs + 500);
        await using client = connect({ url: a.server.url, callTimeoutMs: 2000 });
        const tried = await Promise.allSettled([
          client.start({ runId: 'run_during-the-outage', task: 'Wait' }),
          client
            .run(runIds[0] ?? '')
            .cancel({ target: 'stage', commandId: 'b7a5c1f0-0000-4000-8000-000000000001' }),
        ]);
        // Rejected as retryable, or unanswered: the client says that the same id may be sent again.
        for (const one of tried) {
          const { reason } = one as {
            readonly reason?: { readonly code: string; readonly retryable?: boolean };
          };
          const isUnknown = reason?.code === 'OUTCOME_UNKNOWN';
          expect(isUnknown || reason?.retryable, reason?.code).toBe(true);
        }
        // Also the rest of it.
        await sleep(Math.max(0, frozenMs - patienceMs - 2500));
        database.engine?.signal('SIGCONT');
        const logs = await expectWhole({ database, schema }, crowd);
        expect(logs.size).toBe(runs);
        const again = await client.start({ runId: 'run_during-the-outage', task: 'Wait' });
        expect((await again.snapshot()).task).toBe('Wait');
      },
    );
  },
  { ownEngine: true },
);
