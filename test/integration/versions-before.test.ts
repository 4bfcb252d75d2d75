import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  fold,
  formatCursor,
  parseCursor,
  type DurableEvent,
  type RunEvent,
  type RunState,
  type RunSummary,
} from '@stagewire/shared';
import { afterEach, describe, expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { searchWords } from '@stagewire/shared/text/search';
import { checkLog } from '../../server/log/check-log.ts';
import { createSqliteLog } from '../../server/log/sqlite.ts';
import { summarize } from '@stagewire/shared';
import { systemClock, type Clock } from '../../server/runtime/clock.ts';
import { readVersionFixture, versionFixtures } from '../support/version-fixture.ts';

// What a version has written stays readable by every later one (PROTOCOL, K5). If one of these tests fails, the code
// is wrong, not the fixture: people have such logs.

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

test('there is a fixture of the version before the first rename', () => {
  expect(versionFixtures()).toContain('version-0.1.0-protocol-2');
});

describe.each(versionFixtures())('what %s has left behind', (name) => {
  const fixture = readVersionFixture(name);

  test('has runs of every kind', () => {
    const states = Object.values(fixture.states);
    const of = (list: (state: RunState) => readonly unknown[]) => states.flatMap((state) => list(state));
    expect(new Set(of(({ status }) => [status]))).toEqual(
      new Set(['queued', 'running', 'completed', 'failed', 'cancelled']),
    );
    expect(
      new Set(of(({ stages }) => stages.flatMap((it) => it.attempts.map(({ cause }) => cause)))),
    ).toEqual(new Set(['plan', 'review', 'steer', 'redirect', 'retry', 'repair', 'resume', 'continue']));
    expect(new Set(of(({ commands }) => commands.map(({ status }) => status)))).toEqual(
      new Set(['accepted', 'applied', 'dropped']),
    );
    expect(of(({ reviews }) => reviews.flatMap(({ issues }) => issues)).length).toBeGreaterThan(3);
    expect(of(({ files }) => files.filter(({ from }) => from === 'input')).length).toBeGreaterThan(1);
    const types = new Set(Object.values(fixture.events).flatMap((all) => all.map(({ type }) => type)));
    expect(types).toContain('artifact.removed');
    expect(types).toContain('artifact.skipped');
    expect(types).toContain('run.recovered');
  });

  test('opens as it is, without a damaged row', async () => {
    const report = checkLog((await copyOf(fixture.logPath)).logPath);
    expect(report).toMatchObject({ fileProblems: [], runProblems: [] });
  });

  test('folds from its log to the same states and the same list', async () => {
    const { logPath } = await copyOf(fixture.logPath);
    await using opened = new AsyncDisposableStack();
    const log = createSqliteLog({ path: logPath, clock: systemClock });
    opened.defer(() => log.close());
    expect(await log.list({ limit: 100 })).toEqual(fixture.summaries);
    for (const [run, state] of Object.entries(fixture.states)) {
      const entries = await log.read(state.runId, { after: 0, limit: 100_000 });
      const events = entries.map(({ event }) => event);
      expect(withoutLater(folded(events)), run).toEqual(state);
      expect(events.reduce<RunSummary | undefined>(summarize, undefined), run).toEqual(
        fixture.summaries.find(({ runId }) => runId === state.runId),
      );
    }
  });

  test('finds its runs by the words of their tasks, and deletes one', async () => {
    const { logPath } = await copyOf(fixture.logPath);
    await using opened = new AsyncDisposableStack();
    const log = createSqliteLog({ path: logPath, clock: systemClock });
    opened.defer(() => log.close());
    for (const run of fixture.summaries) {
      const found = await log.list({ limit: 100, search: searchWords(run.task.toUpperCase()) });
      expect(found).toEqual(fixture.summaries.filter(({ task }) => task.includes(run.task)));
    }
    const ended = fixture.summaries.find(({ endedAt }) => endedAt !== undefined);
    const runId = ended?.runId ?? '';
    await log.delete(runId, { actor: { id: 'ada', kind: 'user' }, at: '2026-11-27T00:00:00.000Z' });
    await log.purge();
    expect(await log.head(runId)).toMatchObject({ status: 'removed', deletion: { owner: ended?.owner } });
    expect(await log.list({ limit: 100 })).toHaveLength(fixture.summaries.length - 1);
  });

  test.each(Object.keys(fixture.states))(
    'folds from the event file of the run "%s" to the same state',
    (run) => {
      expect(withoutLater(folded(fixture.events[run] ?? []))).toEqual(fixture.states[run]);
    },
  );

  test('is what the present server starts on: ended runs stay as they are, the others are taken up', async () => {
    const { dataDir } = await copyOf(fixture.logPath);
    await using opened = new AsyncDisposableStack();
    const env = {
      STAGEWIRE_PORT: '0',
      STAGEWIRE_DATA_DIR: dataDir,
      STAGEWIRE_KEEP_RUNS_FOR: 'forever',
      STAGEWIRE_MODEL: 'rehearsal/ttft=0,tps=0,chars=200',
    };
    const app = await startApp({ config: readConfig(env), clock: clockBehind(fixture.summaries) });
    opened.defer(() => app.close());
    const client = opened.use(connect({ url: app.url }));

    const { items } = await client.list();
    expect(items.map(({ runId }) => runId)).toEqual(fixture.summaries.map(({ runId }) => runId));
    for (const [run, state] of Object.entries(fixture.states)) {
      const handle = client.run(state.runId);
      if (state.endedAt !== undefined) {
        expect(withoutLater(await handle.snapshot()), run).toEqual(state);
        continue;
      }
      await handle.cancel();
      const result = await handle.result();
      expect(result.status, run).toBe('cancelled');
      expect(result.epoch, run).toBe(state.epoch + 1);
      expect(
        result.commands.slice(0, state.commands.length).map(({ commandId }) => commandId),
        run,
      ).toEqual(state.commands.map(({ commandId }) => commandId));
      for (const [index, stage] of state.stages.entries()) {
        expect(
          result.stages[index]?.attempts.slice(0, stage.attempts.length).map(({ text }) => text),
        ).toEqual(stage.attempts.map(({ text }) => text));
      }
    }
  });
});

function folded(events: readonly RunEvent[] | readonly DurableEvent[]): RunState | undefined {
  return events.reduce<RunState | undefined>(fold, undefined);
}

/** The fields are later than the fixture; what they hold is computed from the same events. */
function withoutLater(state: RunState | undefined): object {
  const { fileHistory, shares, ...rest } = state ?? {};
  expect(fileHistory).toBeInstanceOf(Array);
  expect(shares).toEqual([]);
  return JSON.parse(JSON.stringify(rest), withFormerCursor) as object;

  function withFormerCursor(key: string, value: unknown): unknown {
    if (key !== 'cursor' || typeof value !== 'string' || state === undefined) return value;
    // Later cursors have the instant of their event.
    const position = parseCursor(value);
    return position === undefined ? value : formatCursor(state.runId, position);
  }
}

async function copyOf(logPath: string): Promise<{ dataDir: string; logPath: string }> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stagewire-version-'));
  folders.push(dataDir);
  await copyFile(logPath, join(dataDir, 'log.db'));
  return { dataDir, logPath: join(dataDir, 'log.db') };
}

/** A machine on which the server is started again at once, whatever the year: no run is beyond its time. */
function clockBehind(summaries: readonly RunSummary[]): Clock {
  const newestMs = Math.max(...summaries.map(({ queuedAt }) => Date.parse(queuedAt)));
  const behindMs = systemClock.now() - newestMs - 60_000;
  return {
    ...systemClock,
    now: () => systemClock.now() - behindMs,
    wall: () => systemClock.wall() - behindMs,
  };
}
