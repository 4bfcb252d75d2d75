import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createSteadyNow, type Clock } from '../../server/runtime/clock.ts';
import { createRetention } from '../../server/runs/retention.ts';
import { settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// The wall clock of a machine leapt 40 days ahead for a second and a half, and back. The server's clock kept the leap,
// so a minute later retention took every finished run for too old and removed it, for good.

const dayMs = 24 * 3_600_000;
const minuteMs = 60_000;

function leapingClock() {
  const fake = createFakeClock({ startMs: Date.UTC(2026, 5, 1) });
  let aheadMs = 0;
  const now = createSteadyNow({ wallMs: () => fake.wall() + aheadMs, steadyMs: () => fake.elapsed() });
  const clock: Clock = { ...fake, now, wall: () => fake.wall() + aheadMs };
  return { fake, clock, leap: (ms: number) => void (aheadMs = ms) };
}

test('a moment’s leap leaves no mark on the time of the server', async () => {
  const { fake, clock, leap } = leapingClock();
  const before = clock.now();
  leap(40 * dayMs);
  expect(clock.now()).toBe(before);
  await fake.advance(1500);
  expect(clock.now()).toBe(before + 1500);
  leap(0);
  await fake.advance(10 * minuteMs);
  expect(clock.now()).toBe(before + 1500 + 10 * minuteMs);
});

test('a leap that stays is believed a minute later, and so is a small step at once', async () => {
  const { fake, clock, leap } = leapingClock();
  const before = clock.now();
  leap(2000);
  expect(clock.now()).toBe(before + 2000);
  leap(dayMs);
  clock.now();
  await fake.advance(minuteMs);
  expect(clock.now()).toBe(before + dayMs + minuteMs);
});

async function retentionScene() {
  const { fake, clock, leap } = leapingClock();
  const log = createMemoryLog({ clock });
  const warnings: string[] = [];
  const retention = createRetention({
    log,
    clock,
    logger: { info() {}, warn: (_fields, message) => void warnings.push(message), error() {} },
    keepRunsForMs: 30 * dayMs,
    keepBytes: Infinity,
    hasSubscribers: () => false,
  });
  const run = createRunScript(runIdOf(1), { startMs: clock.now() });
  await settle(fake, log.append(run.begin()));
  await settle(fake, log.append(run.complete()));
  const sweep = () => settle(fake, retention.sweep());
  expect(await sweep()).toBe(0);
  return { fake, leap, log, sweep, warnings };
}

test('nothing is removed during a leap, nor after it has gone back', async () => {
  const { fake, leap, sweep, warnings } = await retentionScene();
  leap(40 * dayMs);
  for (let minute = 0; minute < 30; minute += 1) {
    await fake.advance(minuteMs);
    expect(await sweep()).toBe(0);
  }
  leap(0);
  for (let minute = 0; minute < 180; minute += 1) {
    await fake.advance(minuteMs);
    expect(await sweep()).toBe(0);
  }
  expect(warnings).toHaveLength(2);
});

test('a leap that stays holds for an hour; then what is too old is removed', async () => {
  const { fake, leap, sweep } = await retentionScene();
  leap(40 * dayMs);
  await fake.advance(minuteMs);
  expect(await sweep()).toBe(0);
  await fake.advance(59 * minuteMs);
  expect(await sweep()).toBe(0);
  await fake.advance(minuteMs);
  expect(await sweep()).toBe(1);
});

test('a clock that looks wrong at the start is not believed at once', async () => {
  const { fake, leap, log } = await retentionScene();
  leap(40 * dayMs);
  const warnings: string[] = [];
  const later = createRetention({
    log,
    clock: { ...fake, now: () => fake.now() + 40 * dayMs, wall: () => fake.wall() + 40 * dayMs },
    logger: { info() {}, warn: (_fields, message) => void warnings.push(message), error() {} },
    keepRunsForMs: 30 * dayMs,
    keepBytes: Infinity,
    hasSubscribers: () => false,
  });
  expect(await settle(fake, later.sweep())).toBe(0);
  expect(warnings).toHaveLength(1);
});
