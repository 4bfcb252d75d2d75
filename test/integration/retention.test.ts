import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatCursor, StagewireError } from '@stagewire/shared';
import { TRPCError } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import type { ChargeAnswer } from '../../server/api/context.ts';
import { createRouter } from '../../server/api/router.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { systemClock } from '../../server/runtime/clock.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createRetention, type RetentionOptions } from '../../server/runs/retention.ts';
import { principal, createEngine, settle } from '../support/engine.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createRunScript } from '../support/run-script.ts';
import { block } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

const hour = 3_600_000;
const runIdOf = (number: number) => `run_${String(number).padStart(8, '0')}`;

/** A run of so many deltas that was queued and ended at that instant. */
async function addRun(log: EventLog, number: number, { endedAtMs = 0, deltas = 1 } = {}): Promise<string> {
  const script = createRunScript(runIdOf(number), { startMs: endedAtMs });
  await log.append(script.begin());
  for (let left = deltas; left > 0; left -= 500) {
    await log.append(script.deltas(...Array.from({ length: Math.min(left, 500) }, () => 'a word ')));
  }
  await log.append(script.complete());
  return script.runId;
}

const idsIn = async (log: EventLog) => (await log.list({ limit: 99 })).map(({ runId }) => runId).toSorted();

describe.each(['memory', 'SQLite'] as const)('a log in %s', (kind) => {
  test('tells which runs have ended, oldest first, in pages, and how much room its events take', async () => {
    await using it = await openLog(kind);
    const before = await it.log.usedBytes();
    for (const number of [3, 1, 2]) await addRun(it.log, number, { endedAtMs: number * 1000, deltas: 300 });
    await it.log.append(createRunScript(runIdOf(4)).begin());

    const first = await it.log.endedRuns({ limit: 2 });
    expect(first.map(({ runId }) => runId)).toEqual([runIdOf(1), runIdOf(2)]);
    const rest = await it.log.endedRuns({ limit: 2, after: first[1]! });
    expect(rest.map(({ runId }) => runId)).toEqual([runIdOf(3)]);
    expect((await it.log.usedBytes()) - before).toBeGreaterThan(300 * 3 * 50);
  });

  test('has room again for what it had removed', async () => {
    await using it = await openLog(kind);
    await addRun(it.log, 1, { deltas: 2000 });
    const full = await it.log.usedBytes();
    await it.log.remove(runIdOf(1));
    expect(await it.log.usedBytes()).toBeLessThan(full / 4);
    await addRun(it.log, 2, { deltas: 2000 });
    expect(await it.log.usedBytes()).toBeLessThan(full * 1.1);
  });
});

describe('a log on disk', () => {
  test('removes a long run in steps between which others write, and the file does not grow again', async () => {
    await using it = await openLog('SQLite');
    await addRun(it.log, 1, { deltas: 50_000 });
    const { size } = await stat(it.path);
    const other = createRunScript(runIdOf(2));
    await it.log.append(other.begin());

    const removed = it.log.remove(runIdOf(1)).then(() => 'removed' as const);
    let appends = 0;
    for (;;) {
      await it.log.append(other.deltas('x'));
      appends += 1;
      if ((await Promise.race([removed, Promise.resolve('not yet')])) === 'removed') break;
    }
    // In one transaction it would be one append, and a hole in time before it.
    expect(appends).toBeGreaterThan(100);
    await addRun(it.log, 3, { deltas: 45_000 });
    expect((await stat(it.path)).size).toBeLessThan(size * 1.2);
  });

  test('shows nothing of a run whose removal was cut off, gives its number to no other, and ends the removal with the next', async () => {
    await using it = await openLog('SQLite');
    const gone = await addRun(it.log, 1, { deltas: 5000 });
    const cutOff = it.log.remove(gone);
    await it.log.close();
    await cutOff;

    const again = createSqliteLog({ path: it.path, clock: systemClock });
    const left = await again.usedBytes();
    expect(await again.head(gone)).toEqual({ status: 'removed', owner: 'local' });
    expect(await idsIn(again)).toEqual([]);
    expect(await again.endedRuns({ limit: 9 })).toEqual([]);
    expect(await again.liveRuns()).toEqual([]);
    expect(await again.read(gone, { after: 0, limit: 9 })).toEqual([]);
    const next = await addRun(again, 2);
    const read = await again.read(next, { after: 0, limit: 99 });
    expect(read.map(({ event }) => event.seq)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(new Set(read.map(({ event }) => event.runId))).toEqual(new Set([next]));
    await again.remove(next);
    expect(await again.readAll({ after: 0, limit: 9 })).toEqual([]);
    expect(await again.usedBytes()).toBeLessThan(left / 4);
    await again.close();
  });
});

describe('retention', () => {
  test('removes runs when they have been kept long enough after their end, and not before', async () => {
    const it = open({ keepRunsForMs: 2 * hour });
    for (const [number, endedAtMs] of [0, hour, 2 * hour].entries()) await it.add(number, endedAtMs);

    await it.clock.advance(2 * hour + 1000);
    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
    expect(await idsIn(it.log)).toEqual([runIdOf(1), runIdOf(2)]);
    expect(await it.log.head(runIdOf(0))).toEqual({ status: 'removed', owner: 'local' });
    expect(await settle(it.clock, it.retention.sweep())).toBe(0);
    await it.clock.advance(2 * hour);
    expect(await settle(it.clock, it.retention.sweep())).toBe(2);
  });

  test('counts from the end of a run, however long ago it was queued', async () => {
    const it = open({ keepRunsForMs: hour });
    const long = createRunScript(runIdOf(1), { startMs: 0 });
    await it.append(long.begin());
    const { events, ...append } = long.complete();
    const endedAt = new Date(10 * hour).toISOString();
    await it.append({ ...append, events: events.map((event) => ({ ...event, at: endedAt })) });
    await it.add(2, 1000);

    await it.clock.advance(10 * hour + 1000);
    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
    expect(await idsIn(it.log)).toEqual([runIdOf(1)]);
  });

  test('removes the oldest before their time while there is too much, but nothing that has just ended', async () => {
    const it = open({ keepBytes: 20_000 });
    for (const number of [0, 1, 2]) await it.add(number, number * hour, 50);
    expect(await it.log.usedBytes()).toBeGreaterThan(40_000);
    await it.clock.advance(2 * hour + 60_000);

    expect(await settle(it.clock, it.retention.sweep())).toBe(2);
    expect(await idsIn(it.log)).toEqual([runIdOf(2)]);
    await it.add(3, 2 * hour, 50);
    expect(await settle(it.clock, it.retention.sweep())).toBe(0);
    await it.clock.advance(600_000);
    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
    expect(await idsIn(it.log)).toEqual([runIdOf(3)]);
  });

  test('removes no more than is too much, also where a log does not give its space back at once', async () => {
    const it = open({ keepBytes: 40_000 }, undefined, (log, usedBytes) => ({ ...log, usedBytes }));
    for (const number of [0, 1, 2, 3]) await it.add(number, number * hour, 50);
    await it.clock.advance(10 * hour);
    const usedBytes = await it.log.usedBytes();
    const eachBytes = usedBytes / 4;
    expect(usedBytes - eachBytes).toBeGreaterThan(40_000);
    const tooMany = Math.ceil((usedBytes - 40_000) / eachBytes);
    expect(await settle(it.clock, it.retention.sweep())).toBe(tooMany);
    expect(await idsIn(it.log)).toHaveLength(4 - tooMany);
  });

  test('leaves the sweep to the node that sweeps already', async () => {
    let isSweeping = true;
    const it = open({
      keepRunsForMs: hour,
      withSweepLock: async (sweep) => (isSweeping ? undefined : sweep()),
    });
    await it.add(0, 0);
    await it.clock.advance(5 * hour);
    expect(await settle(it.clock, it.retention.sweep())).toBe(0);
    expect(await idsIn(it.log)).toEqual([runIdOf(0)]);
    isSweeping = false;
    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
  });

  test('leaves a run that somebody follows, and live ones', async () => {
    const followed = new Set([runIdOf(0)]);
    const it = open({ keepRunsForMs: hour, hasSubscribers: (runId) => followed.has(runId) });
    for (const number of [0, 1]) await it.add(number, 0);
    await it.append(createRunScript(runIdOf(2), { startMs: 0 }).begin());
    await it.clock.advance(5 * hour);

    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
    expect(await idsIn(it.log)).toEqual([runIdOf(0), runIdOf(2)]);
    followed.clear();
    expect(await settle(it.clock, it.retention.sweep())).toBe(1);
  });

  test('sweeps at the start and every minute, also after a sweep that failed, until it is stopped', async () => {
    let works = true;
    const it = open({ keepRunsForMs: hour }, () => {
      if (!works) throw new Error('disk full');
    });
    await it.add(0, 0);
    await it.add(1, hour / 2);
    await it.clock.advance(hour + 1000);
    works = false;
    it.retention.start();
    await it.clock.runTurns();
    works = true;
    expect(await idsIn(it.log)).toHaveLength(2);
    await it.clock.advance(60_000);
    expect(await idsIn(it.log)).toEqual([runIdOf(1)]);
    await it.clock.advance(hour);
    expect(await idsIn(it.log)).toEqual([]);
    await it.retention.stop();
    expect(it.clock.pendingTimers).toBe(0);
  });

  test('keeps everything for ever if it is told so', async () => {
    const it = open({});
    await it.add(0, 0);
    await it.clock.advance(1000 * 365 * 24 * hour);
    expect(await it.retention.sweep()).toBe(0);
  });
});

test('whatever is asked of a removed run is refused with RUN_EXPIRED, its id is not used again, and the feed passes over it', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const { log, clock } = engine;
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  provider.call.answer(block());
  await clock.runTurns();
  const keptId = await engine.start();
  await log.remove(runId);
  const tails = createTails(log, { clock });
  const router = createRouter({ runs: engine.supervisor, log, tails, info: () => ({}) as never });
  const connection = {
    ready: () => Promise.resolve(),
    answer: <Result>(call: (hold: ChargeAnswer) => Promise<Result>) => call(() => Promise.resolve()),
    openSubscription: () => () => undefined,
  };
  const caller = { status: 'accepted', principal } as const;
  const identity = { caller, refresh: async () => principal, release: () => undefined };
  const api = router.createCaller({ identity, connection });
  const command = { runId, commandId: '00000000-0000-4000-8000-000000000000' };
  const cursor = formatCursor(runId, { epoch: 1, seq: 2 });

  for (const asked of [
    () => api.runs.get({ runId }),
    () => api.runs.files({ runId }),
    () => api.runs.events({ runId }),
    () => api.runs.events({ runId, lastEventId: cursor }),
    () => api.runs.events({ runId, lastEventId: 'nonsense' }),
    () => api.runs.steer({ ...command, text: 'x', expect: 'any' }),
    () => api.runs.redirect({ ...command, to: 'coder', expect: 'any' }),
    () => api.runs.cancel({ ...command, target: 'run' }),
  ]) {
    expect(await codeOf(asked(), clock)).toBe('RUN_EXPIRED');
  }
  expect(await codeOf(api.runs.start({ runId, task: 'again' }), clock)).toBe('RUN_ID_CONFLICT');
  expect((await api.runs.list({ limit: 9 })).items.map((item) => item.runId)).toEqual([keptId]);

  const feed = await api.runs.feed({ lastEventId: 'feed-0' });
  const first = await settle(clock, feed[Symbol.asyncIterator]().next());
  expect(Array.from(Object.values(first.value ?? {}))).toContainEqual(
    expect.objectContaining({ runId: keptId, type: 'run.queued' }),
  );
});

async function codeOf(promise: Promise<unknown>, clock: FakeClock): Promise<string> {
  const error: unknown = await settle(clock, promise).catch((caught: unknown) => caught);
  const cause = error instanceof TRPCError ? error.cause : undefined;
  return cause instanceof StagewireError ? cause.code : `no refusal: ${String(error)}`;
}

/** @param change Of the log, given how to ask for what it used at most so far. */
function open(
  options: Partial<RetentionOptions>,
  beforeCommit: () => void = () => undefined,
  change: (log: EventLog, mostUsedBytes: () => Promise<number>) => EventLog = (log) => log,
) {
  const clock = createFakeClock({ startMs: 0 });
  const memory = createFallibleLog({ clock, beforeCommit });
  let mostBytes = 0;
  const log = change(memory, async () => {
    mostBytes = Math.max(mostBytes, await memory.usedBytes());
    return mostBytes;
  });
  const retention = createRetention({
    log,
    clock,
    logger: quietLogger,
    keepRunsForMs: Infinity,
    keepBytes: Infinity,
    hasSubscribers: () => false,
    clockJumpPauseMs: 0,
    ...options,
  });
  const turning: EventLog = { ...log, append: (append) => settle(clock, log.append(append)) };
  return {
    clock,
    log,
    retention,
    append: turning.append,
    add: (number: number, endedAtMs: number, deltas = 1) => addRun(turning, number, { endedAtMs, deltas }),
  };
}

async function openLog(kind: 'memory' | 'SQLite') {
  const folder = await mkdtemp(join(tmpdir(), 'stagewire-retention-'));
  const path = join(folder, 'log.db');
  const clock = systemClock;
  const log = kind === 'memory' ? createMemoryLog({ clock }) : createSqliteLog({ path, clock });
  return {
    log,
    path,
    async [Symbol.asyncDispose]() {
      await log.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
