import { expect, test } from 'vitest';
import { createOffsetClock } from '../../server/cluster/offset-clock.ts';
import { createHeartbeatCache } from '../../server/cluster/heartbeat-cache.ts';
import { createFakeClock } from '../support/fake-clock.ts';

const ofStage = { stage: 1, role: 'coder', attempt: 1 };

test('repeats what a node has said of its run, with the time since, for two and a half heartbeats', async () => {
  const clock = createFakeClock();
  const board = createHeartbeatCache({ clock, heartbeatMs: 1000 });
  board.add([
    {
      runId: 'run_1',
      heartbeat: { type: 'stage.waiting', ...ofStage, phase: 'backoff', elapsedMs: 100, retryInMs: 900 },
    },
  ]);
  await clock.advance(600);
  expect(board.heartbeat('run_1')).toMatchObject({ phase: 'backoff', elapsedMs: 700, retryInMs: 300 });
  await clock.advance(1900);
  expect(board.heartbeat('run_1')).toMatchObject({ phase: 'backoff', elapsedMs: 2600, retryInMs: 0 });
  await clock.advance(1);
  expect(board.heartbeat('run_1')).toEqual({ type: 'run.waiting', phase: 'executor', elapsedMs: 2501 });
});

test('says how long a node is not heard of, and no more when it is', async () => {
  const clock = createFakeClock();
  const board = createHeartbeatCache({ clock, heartbeatMs: 1000 });
  expect(board.heartbeat('run_1')).toEqual({ type: 'run.waiting', phase: 'executor', elapsedMs: 0 });
  for (let beat = 0; beat < 5; beat += 1) {
    await clock.advance(1000);
    board.heartbeat('run_1');
  }
  expect(board.heartbeat('run_1')).toMatchObject({ phase: 'executor', elapsedMs: 5000 });
  board.add([
    { runId: 'run_1', heartbeat: { type: 'run.waiting', phase: 'queued', ahead: 3, elapsedMs: 40 } },
  ]);
  expect(board.heartbeat('run_1')).toMatchObject({ phase: 'queued', ahead: 3, elapsedMs: 40 });
});

test('a clock shows the time of the store, and never goes back', async () => {
  const machine = createFakeClock({ startMs: 10_000 });
  const clock = createOffsetClock(machine);
  expect(clock.now()).toBe(10_000);
  // Only the first measurement may take it back.
  clock.setOffset(-9000);
  expect(clock.now()).toBe(1000);
  clock.setOffset(500);
  expect(clock.now()).toBe(10_500);
  clock.setOffset(-2000);
  expect(clock.now()).toBe(10_500);
  expect(clock.wall()).toBe(8000);
  await machine.advance(3000);
  expect(clock.now()).toBe(11_000);
  expect(clock.elapsed()).toBe(machine.elapsed());
});
