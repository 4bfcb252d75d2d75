import { expect, test } from 'vitest';
import { waitOf } from '../../server/providers/retry-wait.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

// 64,000 digits without a unit in a provider's error body held the event loop for 12 s.
test.each([
  ['digits and a letter', '1', 'x'],
  ['digits behind a letter', 'x1', '1'],
  ['numbers with a point', '1.', 'x'],
  ['durations', '1s', 'x'],
  ['durations with commas and words', '1s, and ', 'x'],
  ['spaces', ' ', 'x'],
  ['digits in another language', '请重试 1', 'x'],
])('a wait of many %s is read in a time that grows as the text does', (_, unit, end) => {
  const told = `${unit}${unit.slice(-1).repeat(64_000)}${unit.repeat(64_000)}${end}`;
  const headers = new Headers({ 'retry-after': told.replaceAll(/[^ -~]/g, '') });
  for (const body of [{ retryDelay: told }, { error: { metadata: { retry_after: told } } }]) {
    const read = () => waitOf({ headers, body, text: told, nowMs: 0, limited: true });
    expect(leastCpuMs(read, 1000), 'timing: CPU').toBeLessThan(1000);
  }
});
