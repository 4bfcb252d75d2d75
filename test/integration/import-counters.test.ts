import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { EventBody } from '@stagewire/shared';
import { expect, test, vi } from 'vitest';
import { importLog } from '../../server/log/import-log.ts';
import { openLogImport } from '../../server/log/postgres/log-import.ts';
import { readTombstones } from '../../server/log/sqlite-tombstones.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { readStoredUsage } from '../../server/log/stored-usage.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { systemRandom } from '../../server/runtime/random.ts';
import { describePostgres } from '../support/postgres-database.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// `stagewire import` adds the counters of tokens and cost of each day.
// Seen red with: counters that are not imported; added again by a second import; set to those of the log; subtracted by an older copy.

vi.setConfig({ testTimeout: 60_000 });

const day = '2026-01-31';
const startMs = Date.parse(`${day}T00:00:00Z`);

interface Counted {
  readonly number: number;
  readonly owner: string;
  readonly tokens: number;
  readonly amount?: string;
  /** What the run takes over from another one. */
  readonly inherited?: number;
  readonly isRemoved?: boolean;
}

function attempt({ tokens, amount }: Counted, stage = 1): EventBody {
  return {
    type: 'stage.completed',
    stage,
    role: 'coder',
    attempt: 1,
    chars: 0,
    finishReason: 'stop',
    usage: { inputTokens: tokens, outputTokens: 0, reasoningTokens: 0, source: 'final' },
    ttftMs: 1,
    durationMs: 2,
    ...(amount === undefined ? {} : { cost: { amount, currency: 'USD', pricesOf: '2026-01-01' } }),
  };
}

const usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' } as const;
const completed: EventBody = { type: 'run.completed', verdict: 'none', usage, durationMs: 3 };

async function emptyFolder() {
  const path = await mkdtemp(join(tmpdir(), 'stagewire-import-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

/** Runs that have ended, in the log of a folder. */
async function writeRuns(path: string, runs: readonly Counted[]): Promise<void> {
  const log = createSqliteLog({ path: join(path, 'log.db'), clock: systemClock });
  for (const counted of runs) {
    const run = createRunScript(runIdOf(counted.number), { startMs });
    await log.append(run.begin({ owner: counted.owner }));
    const { inherited } = counted;
    if (inherited !== undefined) {
      const before = attempt({ ...counted, tokens: inherited });
      await log.append(run.next({ ...before, inheritedFrom: { runId: runIdOf(1), seq: 4 } } as EventBody));
    }
    await log.append(run.next(attempt(counted), completed));
    if (counted.isRemoved === true) await log.remove(runIdOf(counted.number));
  }
  await log.close();
}

describePostgres((database) => {
  const importInto = (schema: string) => async (path: string) => {
    const file = join(path, 'log.db');
    await using opened = new AsyncDisposableStack();
    const source = createSqliteLog({ path: file, clock: systemClock });
    opened.defer(() => source.close());
    const options = { clock: systemClock, random: () => systemRandom.next(), url: database.url, schema };
    const target = opened.use(await openLogImport(options));
    const [usage, tombstones] = [readStoredUsage(file), () => readTombstones(file)];
    return await importLog({ source, target, clock: systemClock, tombstones, usage });
  };
  const query = async (text: string) => {
    const client = new pg.Client(database.url);
    await client.connect();
    try {
      return (await client.query<Record<string, unknown>>(text)).rows;
    } finally {
      await client.end();
    }
  };
  const countersOf = async (schema: string) => {
    const rows = await query(
      `SELECT day, owner, currency, tokens::integer, trim_scale(cost)::text AS cost FROM ${schema}.usage_of_days
       ORDER BY owner, currency`,
    );
    return rows.map((row) => [row['day'], row['owner'], row['currency'], row['tokens'], row['cost']]);
  };

  test('the counters of a log are added once, however often it or a copy of it is imported', async () => {
    const schema = database.nextSchema();
    const imported = importInto(schema);
    await using folder = await emptyFolder();
    await using copy = await emptyFolder();
    await writeRuns(folder.path, [
      { number: 1, owner: 'ada', tokens: 10 },
      { number: 2, owner: 'ada', tokens: 20, amount: '0.1', inherited: 1000 },
      { number: 3, owner: 'ben', tokens: 40, isRemoved: true },
    ]);
    await cp(folder.path, copy.path, { recursive: true });

    expect(await imported(folder.path)).toMatchObject({ imported: 2, counters: 3 });
    const first = [
      [day, 'ada', '', 10, '0'],
      [day, 'ada', 'USD', 20, '0.1'],
      [day, 'ben', '', 40, '0'],
    ];
    expect(await countersOf(schema)).toEqual(first);
    expect(await imported(folder.path)).toMatchObject({ imported: 0, counters: 3 });
    await imported(copy.path);
    expect(await countersOf(schema)).toEqual(first);

    // Both the log and the nodes of the database count further.
    await writeRuns(folder.path, [{ number: 4, owner: 'ada', tokens: 1, amount: '0.200000000001' }]);
    await query(`UPDATE ${schema}.usage_of_days SET tokens = tokens + 500 WHERE currency = 'USD'`);
    expect(await imported(folder.path)).toMatchObject({ imported: 1 });
    const second = [first[0], [day, 'ada', 'USD', 521, '0.300000000001'], first[2]];
    expect(await countersOf(schema)).toEqual(second);
    // The copy is older: it takes nothing away, and afterwards the rest is not added again.
    await imported(copy.path);
    await imported(folder.path);
    expect(await countersOf(schema)).toEqual(second);
  });

  test('the counters of two logs add up', async () => {
    const schema = database.nextSchema();
    const imported = importInto(schema);
    await using one = await emptyFolder();
    await using other = await emptyFolder();
    await writeRuns(one.path, [{ number: 1, owner: 'ada', tokens: 10 }]);
    await writeRuns(other.path, [{ number: 2, owner: 'ada', tokens: 32 }]);
    await imported(one.path);
    await imported(other.path);
    await imported(one.path);
    expect(await countersOf(schema)).toEqual([[day, 'ada', '', 42, '0']]);
  });
});
