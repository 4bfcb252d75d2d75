import { describe, expect, test } from 'vitest';
import type { RunSummary } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import { createRunLister } from '../../server/log/list-runs.ts';
import type { LogStorage } from '../../server/log/log-storage.ts';
import { createMemoryStorage } from '../../server/log/memory.ts';
import { openDatabase } from '../../server/log/open-database.ts';
import { createRunScanner } from '../../server/log/run-scanner.ts';
import { summaryChecksum } from '../../server/log/stored-summary.ts';
import { systemClock } from '../../server/runtime/clock.ts';

const summaries = Array.from({ length: 25 }, (_, index): RunSummary => ({
  runId: `run_${String(index).padStart(8, '0')}`,
  status: 'running',
  task: index % 2 === 0 ? 'an even one' : 'an odd one',
  owner: 'local',
  labels: {},
  // Three runs of an instant: their ids decide.
  queuedAt: new Date(Date.UTC(2026, 0, 1) + Math.floor(index / 3)).toISOString(),
  current: null,
}));
const newestFirst = summaries.map(({ runId }) => runId).toReversed();

function inMemory(): LogStorage['list'] {
  const storage = createMemoryStorage();
  // Not in order: a list sorts by the instant, whatever came first.
  for (const summary of [...summaries.slice(10), ...summaries.slice(0, 10)]) storage.index(summary);
  return (query, maxScanned) => storage.list(query, maxScanned);
}

function inSqlite(): LogStorage['list'] {
  const database = openDatabase({ path: ':memory:', synchronous: 'normal' });
  const put = database.prepare(
    'INSERT INTO runs (run_id, status, owner, queued_at, summary, checksum, searched) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const summary of summaries) {
    const { runId, status, owner, queuedAt } = summary;
    const json = JSON.stringify(summary);
    put.run(runId, status, owner, queuedAt, json, summaryChecksum(json), searchedText(summary));
  }
  const lister = createRunLister(database);
  return (query, maxScanned) => lister.list(query, maxScanned);
}

describe.each([
  ['in memory', inMemory],
  ['in SQLite', inSqlite],
])('a scan of the runs %s', (_name, open) => {
  test.each([1, 2, 7, 24, 25, 100])(
    'finds the same if it looks at %i runs at a time',
    async (runsPerTurn) => {
      const list = open();
      const asked: number[] = [];
      const scanner = createRunScanner({
        clock: systemClock,
        runsPerTurn,
        runsPerPage: 2 * runsPerTurn,
        list(query, maxScanned) {
          asked.push(maxScanned);
          return list(query, maxScanned);
        },
      });
      const even = newestFirst.filter((_, index) => index % 2 === 0);
      const found = await scanner.list({ limit: 99, search: ['even'], owner: 'local' });
      expect(found.map(({ runId }) => runId)).toEqual(even);
      expect(Math.max(...asked)).toBe(runsPerTurn);
      expect(asked).toHaveLength(Math.ceil(25 / runsPerTurn));
    },
  );

  test('of a client stops, and says where', async () => {
    const scanner = createRunScanner({ clock: systemClock, list: open(), runsPerTurn: 4, runsPerPage: 8 });
    const page = await scanner.listPage({ limit: 99, search: ['zebra'] });
    expect(page).toEqual({ runs: [], next: { queuedAt: summaries[17]?.queuedAt, runId: newestFirst[7] } });
    const rest = await scanner.listPage({ limit: 99, search: ['even'], before: page.next! });
    expect(rest.runs[0]?.runId).toBe(newestFirst[8]);
    expect((await scanner.listPage({ limit: 2, search: ['even'] })).runs).toHaveLength(2);
  });
});
