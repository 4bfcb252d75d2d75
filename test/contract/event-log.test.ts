import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { DurableEvent } from '@stagewire/shared';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { deletionContract } from './deletion-contract.ts';
import { eventLogContract } from './event-log-contract.ts';
import { linkEventsContract } from './link-events-contract.ts';
import { searchContract } from './search-contract.ts';
import { runIndexContract } from './run-index-contract.ts';
import { usageContract } from './usage-contract.ts';

async function openSqlite() {
  const directory = await mkdtemp(join(tmpdir(), 'stagewire-'));
  const path = join(directory, 'log.db');
  const log = createSqliteLog({ path, clock: systemClock });
  return {
    log,
    path,
    async [Symbol.asyncDispose]() {
      await log.close();
      await rm(directory, { recursive: true });
    },
  };
}

describe('in memory', () => {
  const open = () => {
    const log = createMemoryLog({ clock: systemClock });
    return Promise.resolve({ log, [Symbol.asyncDispose]: () => log.close() });
  };
  eventLogContract(open);
  deletionContract(open);
  linkEventsContract(open);
  searchContract(open);
  runIndexContract(open);
  usageContract(open);

  test('a commit that fails leaves nothing, and the next is tried afresh', async () => {
    let full = false;
    const beforeCommit = () => {
      if (full) throw new Error('disk full');
    };
    const log = createFallibleLog({ clock: systemClock, beforeCommit });
    const run = createRunScript(runIdOf(1));
    await log.append(run.begin());
    full = true;
    const append = run.deltas('a');
    await expect(log.append(append)).rejects.toThrow(LogUnavailable);
    await expect(log.append(createRunScript(runIdOf(2)).begin())).rejects.toThrow(LogUnavailable);
    await expect(log.probe()).rejects.toThrow(LogUnavailable);
    expect(await log.lastGlobalPosition()).toBe(4);
    expect(await log.list({ limit: 9 })).toHaveLength(1);
    full = false;
    await log.probe();
    await log.append(append);
    expect(await log.lastGlobalPosition()).toBe(5);
  });
});

describe('in SQLite', () => {
  eventLogContract(openSqlite);
  deletionContract(openSqlite);
  linkEventsContract(openSqlite);
  searchContract(openSqlite);
  runIndexContract(openSqlite);
  usageContract(openSqlite);

  test('everything is there again when it is opened again, and orders go on', async () => {
    await using it = await openSqlite();
    const [live, gone] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(2))];
    for (const append of [live.begin(), gone.begin(), gone.complete()]) await it.log.append(append);
    await it.log.remove(gone.runId);
    const before = [
      await it.log.readAll({ after: 0, limit: 99 }),
      await it.log.list({ limit: 99 }),
      await it.log.liveRuns(),
      await it.log.lastGlobalPosition(),
      await it.log.head(gone.runId),
    ];
    await it.log.close();
    const again = createSqliteLog({ path: it.path, clock: systemClock });
    expect([
      await again.readAll({ after: 0, limit: 99 }),
      await again.list({ limit: 99 }),
      await again.liveRuns(),
      await again.lastGlobalPosition(),
      await again.head(gone.runId),
    ]).toEqual(before);
    await again.append(live.deltas('a'));
    expect(await again.lastGlobalPosition()).toBe(Number(before[3]) + 1);
    await again.close();
  });

  test('an append that breaks half way is undone to its savepoint, and the others of its turn stand', async () => {
    await using it = await openSqlite();
    const runs = [1, 2, 3].map((number) => createRunScript(runIdOf(number)));
    await Promise.all(runs.map((run) => it.log.append(run.begin())));
    const appends = runs.map((run) => run.deltas('first', 'second'));
    const [, second] = appends[1]?.events ?? [];
    const broken = { ...second, at: 1n as unknown as string } as DurableEvent;
    const spoilt = { ...appends[1]!, events: [appends[1]!.events[0]!, broken] };
    const outcomes = await Promise.allSettled([appends[0]!, spoilt, appends[2]!].map(it.log.append));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const ends = await Promise.all(runs.map((run) => it.log.head(run.runId)));
    expect(ends.map((end) => end?.status === 'live' && end.position.seq)).toEqual([6, 4, 6]);
    await it.log.append(appends[1]!);
  });

  test('a writer beside us is a conflict, and we go on from what it wrote', async () => {
    await using it = await openSqlite();
    const rival = createSqliteLog({ path: it.path, clock: systemClock });
    const [ours, theirs] = [createRunScript(runIdOf(1)), createRunScript(runIdOf(1))];
    await it.log.append(ours.begin());
    theirs.begin();
    await rival.append(theirs.deltas('theirs'));
    await expect(it.log.append(ours.deltas('ours'))).rejects.toThrow('another executor');
    expect(await it.log.head(runIdOf(1))).toMatchObject({ position: { seq: 5 } });
    await rival.close();
  });
});
