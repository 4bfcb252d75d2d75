import { describe, expect, test } from 'vitest';
import type { RunSummary } from '@stagewire/shared';
import { searchedText } from '@stagewire/shared/text/search';
import { createRunLister } from '../../server/log/list-runs.ts';
import type { ListPosition } from '../../server/log/event-log.ts';
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

function inMemory(runs = summaries): LogStorage['list'] {
  const storage = createMemoryStorage({ clock: systemClock });
  // Not in order: a list sorts by the instant, whatever came first.
  for (const summary of [...runs.slice(10), ...runs.slice(0, 10)]) storage.index(summary);
  return (query, maxScanned) => storage.list(query, maxScanned);
}

function inSqlite(runs = summaries): LogStorage['list'] {
  const database = openDatabase({ path: ':memory:', synchronous: 'normal' });
  const put = database.prepare(
    'INSERT INTO runs (run_id, status, owner, queued_at, summary, checksum, searched) VALUES (?, ?, ?, ?, ?, ?, ?)',
  );
  for (const summary of runs) {
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
        stepMs: Infinity,
        list(query, maxScanned) {
          asked.push(maxScanned);
          return list(query, maxScanned);
        },
      });
      const even = newestFirst.filter((_, index) => index % 2 === 0);
      const found = await scanner.list({ limit: 99, search: ['even'], owners: ['local'] });
      expect(found.map(({ runId }) => runId)).toEqual(even);
      expect(Math.max(...asked)).toBe(runsPerTurn);
      expect(asked).toHaveLength(Math.ceil(25 / runsPerTurn));
    },
  );

  // Where a scan stops is in the token of the next page, which clients can read.
  test.each([1, 40, 128, 300])(
    'for %i owners looks at their runs only, and stops at one of them',
    async (count) => {
      const owners = Array.from({ length: count }, (_, index) => `owner-${index}`);
      const runs = summaries.map((summary, index) => ({
        ...summary,
        owner: index % 2 === 0 ? 'another' : (owners[Math.floor(index / 2) % count] ?? ''),
      }));
      const own = runs.filter(({ owner }) => owner !== 'another').toReversed();
      const scanner = createRunScanner({
        clock: systemClock,
        list: open(runs),
        runsPerTurn: 3,
        runsPerPage: 3,
        stepMs: Infinity,
      });
      const ids = new Set(own.map(({ runId }) => runId));
      let before: ListPosition | undefined;
      let pages = 0;
      do {
        const { next } = await scanner.listPage({
          limit: 99,
          search: ['zebra'],
          owners,
          ...(before && { before }),
        });
        if (next !== undefined) expect(ids).toContain(next.runId);
        before = next;
        pages += 1;
      } while (before !== undefined);
      expect(pages).toBeGreaterThan(1);
      const found = await scanner.list({ limit: 99, search: ['an'], owners });
      expect(found).toEqual(own);
      expect(await scanner.list({ limit: 4, owners: [...owners, ...owners] })).toEqual(own.slice(0, 4));
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

describe('steps of a scan', () => {
  /** A list that takes this many milliseconds per run and word, in a log that never ends. */
  function slowList(msPerWord: number) {
    let nowMs = 0;
    const steps: number[] = [];
    const list: LogStorage['list'] = ({ search = [] }, maxScanned) => {
      steps.push(maxScanned * search.length * msPerWord);
      nowMs += maxScanned * search.length * msPerWord;
      return { runs: [], next: { queuedAt: '2026-01-01T00:00:00.000Z', runId: 'run_12345678' } };
    };
    return { list, steps, clock: { ...systemClock, elapsed: () => nowMs } };
  }

  test('with many words and long texts are short, and so is their sum', async () => {
    const { list, steps, clock } = slowList(0.01);
    const scanner = createRunScanner({ clock, list });
    const search = Array.from({ length: 100 }, (_, index) => `word-${index}`);
    expect(await scanner.listPage({ limit: 9, search })).toMatchObject({ runs: [], next: {} });
    // Of 1000 runs it would be a second, and of 100,000 more than a minute.
    expect(Math.max(...steps.slice(0, 1))).toBeLessThanOrEqual(10);
    expect(Math.max(...steps.slice(1))).toBeLessThanOrEqual(4);
    expect(steps.reduce((sum, ms) => sum + ms, 0)).toBeLessThan(1000);
  });

  test('of concurrent calls have a turn each, the first ones too', async () => {
    const { list, steps, clock } = slowList(0);
    const scanner = createRunScanner({ clock, list, runsPerPage: 1000 });
    const calls = Array.from({ length: 20 }, () => scanner.listPage({ limit: 9, search: ['word'] }));
    await new Promise((resolve) => void setImmediate(resolve));
    expect(steps.length).toBeLessThan(5);
    await Promise.all(calls);
    expect(steps).toHaveLength(20);
  });
});

describe('a scan whose client has gone', () => {
  const next = { queuedAt: '2026-01-01T00:00:00.000Z', runId: 'run_12345678' };

  test('ends with its present step', async () => {
    const leaving = new AbortController();
    let steps = 0;
    const list: LogStorage['list'] = () => {
      steps += 1;
      if (steps === 3) leaving.abort();
      return { runs: [], next };
    };
    let turns = 0;
    const turn = (task: () => void) => {
      turns += 1;
      systemClock.turn(task);
    };
    const scanner = createRunScanner({ clock: { ...systemClock, turn }, list });
    const page = await scanner.listPage({ limit: 9, search: ['zebra'] }, leaving.signal);
    expect(page).toEqual({ runs: [], next });
    expect(steps).toBe(3);
    expect(turns).toBeLessThan(5);
  });

  test('does not take the step that it has waited for', async () => {
    const leaving = new AbortController();
    const searched: string[] = [];
    const list: LogStorage['list'] = ({ search = [] }) => {
      searched.push(...search);
      return { runs: [], next };
    };
    const scanner = createRunScanner({ clock: systemClock, list, runsPerPage: 1000 });
    const first = scanner.listPage({ limit: 9, search: ['zebra'] });
    const second = scanner.listPage({ limit: 9, search: ['horse'] }, leaving.signal);
    leaving.abort();
    await Promise.all([first, second]);
    expect(searched).toEqual(['zebra']);
  });
});
