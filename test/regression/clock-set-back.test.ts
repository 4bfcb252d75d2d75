import { afterEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../server/runtime/clock.ts';
import { createEngine, settle, type Engine } from '../support/engine.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import { block } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// The wall clock can be set back: by NTP, by a person, by a machine that starts without one. Within one process
// an answer that was under way then lasted a negative time, which is no event, so its run failed with INTERNAL;
// and followers got neither heartbeats nor held text for as long as the clock had been set back. After a restart
// a backoff of half a second lasted as long as that too, and a deadline beyond what a timer can hold was over at once.

const hourMs = 3_600_000;

afterEach(() => {
  vi.restoreAllMocks();
});

test('the time of the server never goes back, and goes on', async () => {
  const before = systemClock.now();
  const wall = vi.spyOn(Date, 'now');
  wall.mockReturnValue(before - hourMs);
  const after = systemClock.now();
  expect(after).toBeGreaterThanOrEqual(before);
  await expect.poll(() => systemClock.now()).toBeGreaterThan(after);
});

test('an answer that was under way when the clock was set back is an answer', async () => {
  const fake = createFakeClock();
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock: clockOf(fake, systemClock.now) });
  const runId = await engine.start({ pipeline: { roles: ['coder'] } });
  vi.spyOn(Date, 'now').mockReturnValue(Date.now() - hourMs);
  provider.call.answer(block());
  await fake.runTurns();
  expect((await engine.state(runId)).status).toBe('completed');
});

test('a backoff goes on after a restart no longer than it was to be', async () => {
  const fake = createFakeClock();
  const { first, runId } = await runOf(fake);
  first.provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 1000 });
  await fake.runTurns();
  await settle(fake, first.engine.supervisor.stop());

  const second = await restarted(
    first.engine,
    clockOf(fake, () => fake.now() - hourMs),
  );
  expect(second.engine.supervisor.heartbeat(runId)).toMatchObject({ phase: 'backoff', retryInMs: 1000 });
  await fake.advance(1000);
  expect(second.provider.calls).toHaveLength(1);
});

test('a run is not over its time when the machine has lost the date', async () => {
  const fake = createFakeClock();
  const { first } = await runOf(fake);
  await settle(fake, first.engine.supervisor.stop());

  const delays: number[] = [];
  const clock = clockOf(fake, () => fake.now() - Date.UTC(2026, 0, 1));
  await restarted(first.engine, {
    ...clock,
    after(delayMs, task) {
      delays.push(delayMs);
      return clock.after(delayMs, task);
    },
  });
  expect(delays).not.toEqual([]);
  expect(Math.max(...delays)).toBeLessThanOrEqual(24 * hourMs);
});

async function runOf(clock: FakeClock) {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock });
  const runId = await engine.start();
  return { first: { engine, provider }, runId };
}

async function restarted({ log }: Engine, clock: FakeClock) {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log });
  await settle(clock, engine.supervisor.recover());
  return { engine, provider };
}

/** The same timers, at another time of day. */
function clockOf(clock: FakeClock, now: () => number): FakeClock {
  return { ...clock, now };
}
