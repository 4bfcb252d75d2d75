import { expect, test } from 'vitest';
import type { Append } from '../../server/log/event-log.ts';
import { createFlushMonitor } from '../../server/log/flush-monitor.ts';
import { createFlushPace } from '../../server/log/postgres/flush-pace.ts';
import { createGroupAppends } from '../../server/log/postgres/group-appends.ts';
import { createQueueWatch } from '../../server/log/postgres/queue-watch.ts';
import { wait } from '../../server/runtime/wait.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

/** A database that takes a given time for each statement, and accepts everything. */
function open(statementMs: number) {
  const clock = createFakeClock();
  const monitor = createFlushMonitor({ clock });
  const startedMs = clock.elapsed();
  const begun: { atMs: number; runs: number }[] = [];
  let base = 0;
  const appends = createGroupAppends({
    clock,
    monitor,
    pace: createFlushPace({ clock, monitor }),
    queue: createQueueWatch({ clock, monitor }),
    session: {
      async query({ values = [] }) {
        const runs = (values[4] as readonly string[]).length;
        begun.push({ atMs: clock.elapsed() - startedMs, runs });
        await wait(clock, statementMs);
        base += 10_000;
        return [{ base, accepted: Array.from({ length: runs }, (_, index) => index + 1), queue_usage: 0 }];
      },
    },
    readTips: () => Promise.resolve(new Map()),
    onCommitted: () => undefined,
    catchUp: () => Promise.resolve(),
    nodeId: 'one',
    channel: 'channel',
    orderLock: '1',
  });
  const scripts = (count: number) =>
    Array.from({ length: count }, (_, index) => createRunScript(runIdOf(index)));
  const all = (group: readonly Append[]) => Promise.all(group.map((append) => appends.append(append)));
  return { clock, appends, begun, scripts, all };
}

// Seen red with: no pause; a pause that is not ended; one that is counted from the end of the flush.
test('deltas of several runs wait for more, and what is no delta ends the wait', async () => {
  const { clock, appends, begun, scripts, all } = open(9);
  const runs = scripts(20);
  const [first, second, third] = runs;
  const began = all(runs.map((run) => run.begin()));
  await clock.advance(9);
  await began;
  // The flush began at 0 and took 9 ms: the next one is due at 14.
  void all([first, second].flatMap((run) => run?.deltas('a') ?? []));
  await clock.advance(3);
  void all([third].flatMap((run) => run?.deltas('a') ?? []));
  await clock.advance(30);
  expect(begun.slice(1)).toEqual([{ atMs: 14, runs: 3 }]);
  await clock.advance(100);
  void all(runs.slice(0, 2).map((run) => run.deltas('b')));
  await clock.advance(9);
  expect(begun.at(-1)).toEqual({ atMs: 142, runs: 2 });
  void all(runs.slice(0, 2).map((run) => run.deltas('c')));
  await clock.advance(1);
  expect(begun).toHaveLength(3);
  void all(runs.slice(5, 6).map((run) => run.complete()));
  await clock.runTurns();
  expect(begun.at(-1)).toEqual({ atMs: 152, runs: 3 });
  await clock.advance(9);
  void all(runs.slice(0, 2).map((run) => run.deltas('d')));
  const idle = appends.idle();
  await clock.runTurns();
  expect(begun.at(-1)).toEqual({ atMs: 161, runs: 2 });
  await clock.advance(9);
  await idle;
});

test('a lone run never waits', async () => {
  const { clock, begun, scripts, all } = open(9);
  const [run = createRunScript(runIdOf(99))] = scripts(1);
  for (const append of [run.begin(), run.deltas('a'), run.deltas('b')]) {
    void all([append]);
    await clock.advance(9);
  }
  expect(begun.map(({ atMs }) => atMs)).toEqual([0, 9, 18]);
});

// Seen red with: a group that is not halved; one that is prepared with runs of the flush in progress.
test('under load one half is prepared while the engine works on the other', async () => {
  const { clock, begun, scripts, all } = open(5);
  const runs = scripts(600);
  const began = all(runs.map((run) => run.begin()));
  await clock.advance(20);
  await began;
  expect(begun).toEqual([
    { atMs: 0, runs: 300 },
    { atMs: 5, runs: 300 },
  ]);
  const deltas = all(runs.flatMap((run) => [run.deltas('a'), run.deltas('b')]));
  await clock.advance(40);
  await deltas;
  expect(begun.slice(2).map(({ runs: count }) => count)).toEqual([300, 300]);
});
