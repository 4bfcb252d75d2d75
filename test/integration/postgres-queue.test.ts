import pg from 'pg';
import { expect, test } from 'vitest';
import type { GlobalEntry } from '../../server/log/event-log.ts';
import { openDatabase } from '../../server/log/postgres/database.ts';
import { createPostgresLog } from '../../server/log/postgres/postgres-log.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { claiming } from '../support/claiming-log.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { until } from '../support/until.ts';

describePostgres(
  (database) => {
    const open = async (schema: string, nodeId: string) => {
      const opened = await openDatabase({
        clock: systemClock,
        random: Math.random,
        url: database.url,
        schema,
        nodeId,
      });
      // The queue has 8 GB: with the default of 1 % this test would write 80 MB.
      const options = { clock: systemClock, database: opened, maxQueueUsage: 0.00001, queueCheckMs: 20 };
      const log = createPostgresLog(options);
      return { log, opened, [Symbol.asyncDispose]: () => log.close() };
    };

    // Seen red with: a queue that is never looked at; a state that is not left again.
    test('a listener that does not read makes notifications small, until it is gone', async () => {
      const schema = database.nextSchema();
      await using one = await open(schema, 'one');
      await using other = await open(schema, 'other');
      const log = claiming(one.log);
      const run = createRunScript(runIdOf(1));
      await log.append(run.begin());
      const got: GlobalEntry[] = [];
      // Perhaps the other node has heard of the first events already.
      other.log.watchAll((entries) => got.push(...entries));
      // In a transaction a session reads no notification, and keeps those of all.
      const frozen = new pg.Client(database.url);
      await frozen.connect();
      await frozen.query(`LISTEN ${one.opened.channel}`);
      await frozen.query('BEGIN; SELECT 1');

      const writeUntil = async (condition: () => boolean, what: string) => {
        await until(
          async () => {
            await log.append(run.deltas('x'.repeat(3000)));
            return condition();
          },
          what,
          { timeoutMs: 20_000, intervalMs: 5 },
        );
      };
      const stats = () => one.log.flushes.stats();
      expect(stats().isShipping).toBe(true);
      await writeUntil(() => !stats().isShipping, 'notifications without text');
      expect(stats().queueUsage).toBeGreaterThan(0.00001);
      const seqs = run.seq;
      await log.append(run.deltas('poked'));
      await until(
        () => got.at(-1)?.event.seq === seqs + 1,
        'the other node to read what it was only notified of',
      );

      await frozen.end();
      await writeUntil(() => stats().isShipping, 'notifications with text');
      await until(() => got.at(-1)?.event.seq === run.seq, 'the other node to have all');
      const seqsGot = got.map(({ event }) => event.seq);
      const first = seqsGot[0] ?? 0;
      expect([1, 5]).toContain(first);
      expect(seqsGot).toEqual(seqsGot.map((_, index) => first + index));
    });
  },
  { ownEngine: true },
);
