import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDelta, type RunState } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { endlessText, startEndlessModel } from '../support/endless-model.ts';
import { openFollowSocket, Refusal } from '../support/follow-socket.ts';
import { startAt } from '../support/node-crowd.ts';
import { readLogs, startNodeProcess } from '../support/node-processes.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { until } from '../support/until.ts';
import { isLong, sizes, timeoutMs } from './sizes.ts';

// The database does not respond, and models go on: within the patience nothing is lost, and what waits is bounded.
// Seen red with: a `drained` that never waits; a `clear` in the place of `take`; no look at the duration of writes.

const { frozenMs, endlessRuns } = sizes.nodes;
const maxAttemptChars = 4_000_000;
/** For garbage that is not collected yet, and for the buffers of the sockets. */
const maxGrowthBytes = isLong ? 300e6 : 120e6;

describePostgres(
  (database) => {
    test(
      `models that do not end and a database frozen for ${frozenMs} ms: memory is bounded, and nothing is lost`,
      { timeout: timeoutMs },
      async () => {
        const schema = database.nextSchema();
        await using model = await startEndlessModel();
        await using node = await startNodeProcess({
          database,
          schema,
          name: 'a',
          env: {
            COMPATIBLE_BASE_URL: model.baseUrl,
            STAGEWIRE_MODEL: 'compatible/endless',
            STAGEWIRE_LEASE_MS: '20000',
          },
        });
        const start = () => startAt(node.port, 'compatible/endless');
        const runIds = await Promise.all(Array.from({ length: endlessRuns }, start));
        await until(() => model.requests === endlessRuns, 'all models to be called');
        const rssBytes = () => rssOf(node.server.child.pid ?? 0);
        const beforeBytes = rssBytes();

        database.engine?.signal('SIGSTOP');
        model.flood();

        let mostBytes = 0;
        let accepted = 0;
        let acceptedLast = 0;
        for (let look = 0; look < frozenMs / 500; look += 1) {
          mostBytes = Math.max(mostBytes, rssBytes());
          acceptedLast = model.acceptedChars - accepted;
          accepted = model.acceptedChars;
          // Long enough for a socket that is read to take more.
          await sleep(500);
        }
        // The sockets are not read: not a byte more since the last look.
        expect(acceptedLast).toBe(0);
        expect(mostBytes - beforeBytes).toBeLessThan(maxGrowthBytes);
        const refusal = await start().catch((error: unknown) => error);
        expect(refusal).toBeInstanceOf(Refusal);
        expect(refusal).toMatchObject({ code: 'OVERLOADED', retryable: true });
        database.engine?.signal('SIGCONT');

        await using socket = await openFollowSocket(node.port);
        const states = () =>
          Promise.all(runIds.map((runId) => socket.call<RunState>('query', 'runs.get', { runId })));
        await until(
          async () => (await states()).every(({ status }) => status === 'failed'),
          'all runs to reach their limit',
          { timeoutMs: 40_000, intervalMs: 200 },
        );
        const expected = endlessText(maxAttemptChars);
        const logs = await readLogs({ database, schema }, runIds);
        for (const entries of logs.values()) {
          expect(new Set(entries.map(({ epoch }) => epoch))).toEqual(new Set([1]));
          const texts = entries.flatMap(({ event }) => (isDelta(event) ? [event.text] : []));
          expect(texts.join('') === expected).toBe(true);
          expect(entries.at(-1)?.event).toMatchObject({
            type: 'run.failed',
            failure: { code: 'LIMIT_REACHED' },
          });
        }
        // And starts are accepted again.
        expect(await start()).toMatch(/^run_/);
      },
    );
  },
  { ownEngine: true },
);

/** Memory of a process, in bytes: of Linux only. */
function rssOf(pid: number): number {
  const [, kilobytes] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) * 1024;
}
