import { expect, test } from 'vitest';
import { createServerClock } from '../../console/shell/server-clock.ts';

const hourMs = 3_600_000;

// On a machine an hour ahead, a run of six seconds had been "running 1:00:06".
test.each([0, hourMs, -hourMs, 3000])('the time is the server’s if the local clock is %i ms off', (offMs) => {
  let elapsed = 500;
  const clock = createServerClock({ now: () => 1_000_000 + elapsed + offMs, elapsedMs: () => elapsed });
  expect(clock.now()).toBe(1_000_500 + offMs);
  clock.addSample({ sentAtMs: 400, receivedAtMs: 500, serverMs: 1_000_450 });
  expect(clock.now()).toBe(1_000_500);
  elapsed += 6000;
  expect(clock.now()).toBe(1_006_500);
});

test('a slow response does not reduce the precision, and a contradicting one wins', () => {
  const clock = createServerClock({ now: () => 0, elapsedMs: () => 10_000 });
  clock.addSample({ sentAtMs: 0, receivedAtMs: 20, serverMs: 1_000_010 });
  expect(clock.now()).toBe(1_010_000);
  clock.addSample({ sentAtMs: 1000, receivedAtMs: 9000, serverMs: 1_001_200 });
  expect(clock.now()).toBe(1_010_000);
  // Another server answers at this address now.
  clock.addSample({ sentAtMs: 9900, receivedAtMs: 9950, serverMs: 2_009_925 });
  expect(clock.now()).toBe(2_009_975);
});
