import { duration, timeLeft, wholeSeconds } from '@stagewire/shared/units/duration';
import type { RunState } from '@stagewire/client';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { resultFacts } from '../../console/result/result-text.ts';
import { summaryLines } from '../../cli/render/render-summary.ts';
import { plain, stateAfter, steered } from '../support/rendered-run.ts';

/** The milliseconds that a text says, at least: what is cut off is not said. */
function msOf(text: string): number {
  const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, min: 60_000, h: 3_600_000 };
  return [...text.matchAll(/([\d.]+) (ms|s|min|h)/g)].reduce(
    (sum, [, amount, unit]) => sum + Math.round(Number(amount) * (unitMs[unit ?? ''] ?? NaN)),
    0,
  );
}

describe('a duration', () => {
  test.each([
    [-5, '0 ms'],
    [0, '0 ms'],
    [40, '40 ms'],
    [99, '99 ms'],
    [100, '0.1 s'],
    [999, '0.9 s'],
    [9949, '9.9 s'],
    [9999, '9.9 s'],
    [10_000, '10 s'],
    [12_600, '12 s'],
    [59_999, '59 s'],
    [60_000, '1 min 0 s'],
    [3_599_999, '59 min 59 s'],
    [3_600_000, '1 h 0 min'],
    [7_440_000, '2 h 4 min'],
  ])('%i ms is %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  // Broken once: with seconds rounded up, 12,600 ms read as 13 s in one place and as 12 s in the other.
  test('never says more than has passed, and never less of what is longer', () => {
    const ms = fc.integer({ min: 0, max: 100_000_000 });
    fc.assert(
      fc.property(ms, ms, (one, other) => {
        const [shorter, longer] = [Math.min(one, other), Math.max(one, other)];
        expect(msOf(duration(shorter))).toBeLessThanOrEqual(shorter);
        expect(msOf(duration(shorter))).toBeLessThanOrEqual(msOf(duration(longer)));
        expect(msOf(wholeSeconds(shorter))).toBeLessThanOrEqual(msOf(duration(shorter)));
      }),
    );
  });

  test('that is left is over only when it says so', () => {
    expect([0, 1, 1000, 1001, 59_001].map(timeLeft)).toEqual(['0 s', '1 s', '1 s', '2 s', '1 min 0 s']);
  });
});

test('the time of a run that has ended reads the same in the terminal and in the console', () => {
  const run = stateAfter(steered);
  const ended: RunState = {
    ...run,
    status: 'completed',
    startedAt: '2026-01-01T00:00:00.000Z',
    endedAt: '2026-01-01T00:00:12.600Z',
  };
  expect(summaryLines(ended, plain).join('\n')).toMatch(/\b12 s\b/);
  expect(resultFacts(ended)).toContainEqual({ name: 'Duration', value: '12 s' });
});
