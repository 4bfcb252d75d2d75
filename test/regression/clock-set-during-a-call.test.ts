import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { connect, type ClientClock } from '../../client/index.ts';

// The deadline was an instant of the wall clock: set back an hour, a call hung for an hour; set ahead, it was given up
// at once, with a negative timeout.
test.each([0, -3_600_000, 3_600_000])(
  'a call has its time, though the clock is set by %i ms meanwhile',
  async (shiftMs) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    let shift = 0;
    const delays: number[] = [];
    const clock: ClientClock = {
      now: () => Date.now() + shift,
      elapsedMs: () => performance.now(),
      after(delayMs, task) {
        delays.push(delayMs);
        const timer = setTimeout(task, delayMs);
        return () => clearTimeout(timer);
      },
    };
    const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
    await using client = connect({
      url,
      clock,
      callTimeoutMs: 600,
      replyTimeoutMs: 150,
      backoff: { firstDelayMs: 60 },
    });
    setTimeout(() => (shift = shiftMs), 100);
    const since = performance.now();
    await expect(client.run('run_clock-0001').cancel()).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });
    const tookMs = performance.now() - since;
    expect(tookMs).toBeGreaterThan(350);
    expect(tookMs, 'timing: until the call ends').toBeLessThan(1500);
    expect(Math.min(...delays)).toBeGreaterThan(0);
    silent.close();
  },
);

test('without a clock of its own the client measures durations by one that nobody sets', async () => {
  const { systemClock } = await import('../../client/transport/client-clock.ts');
  const now = Date.now;
  const before = systemClock.elapsedMs?.() ?? NaN;
  Date.now = () => now() - 3_600_000;
  try {
    expect((systemClock.elapsedMs?.() ?? NaN) - before).toBeGreaterThanOrEqual(0);
  } finally {
    Date.now = now;
  }
});
