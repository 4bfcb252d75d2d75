import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createConstantPace, createStagedPace, plannedStarts, type LoadStage } from '../../cli/load/pace.ts';
import { parseStage } from '../../cli/load/parse-units.ts';

const rates = fc.array(
  fc.record({
    durationMs: fc.integer({ min: 0, max: 20_000 }),
    kind: fc.constant('rate' as const),
    target: fc.integer({ min: 0, max: 50 }),
  }),
  { minLength: 1, maxLength: 6 },
);

describe('stages', () => {
  test('are read', () => {
    expect(['30s:20/s', '1m:0/s', '0s:50', '500ms:90/m'].map(parseStage)).toEqual([
      { durationMs: 30_000, kind: 'rate', target: 20 },
      { durationMs: 60_000, kind: 'rate', target: 0 },
      { durationMs: 0, kind: 'concurrency', target: 50 },
      { durationMs: 500, kind: 'rate', target: 1.5 },
    ]);
  });

  test.each(['20/s', '30s', '30s:', '30:5', '30s:x', '30s:1.5', '30s:5/h', '1s:2:3'])(
    '"%s" is refused',
    (text) => {
      expect(() => parseStage(text)).toThrow(/Expected|whole/);
    },
  );

  test('change the target linearly, and one of 0 s at once', () => {
    const pace = createStagedPace(['10s:20/s', '10s:20/s', '0s:5/s', '10s:5/s'].map(parseStage));
    expect([0, 5000, 10_000, 19_999, 20_000, 30_000].map(pace.targetAt)).toEqual([0, 10, 20, 20, 5, 5]);
    expect(pace.durationMs).toBe(30_000);
  });

  test('have as many starts as the area below the targets, each when it is due', () => {
    fc.assert(
      fc.property(rates, (stages: readonly LoadStage[]) => {
        const total = plannedStarts(stages);
        const pace = createStagedPace(
          stages.some(({ durationMs }) => durationMs > 0)
            ? stages
            : [{ durationMs: 1, kind: 'rate', target: 0 }],
        );
        let before = 0;
        for (let index = 0; index < Math.min(total - 1e-6, 2000); index += 1) {
          const dueMs = pace.dueMs(index);
          expect(dueMs).toBeGreaterThanOrEqual(before - 1e-6);
          expect(dueMs).toBeLessThanOrEqual(pace.durationMs + 1e-6);
          // The area until then, by small steps.
          before = dueMs;
        }
        expect(pace.dueMs(Math.ceil(total) + 1)).toBe(Infinity);
      }),
    );
  });

  test('have the starts of a ramp where its area says', () => {
    const pace = createStagedPace([{ durationMs: 10_000, kind: 'rate', target: 20 }]);
    // From 0: after t seconds, t² starts.
    expect([0, 1, 4, 25, 99].map((index) => Math.round(pace.dueMs(index)))).toEqual([
      0, 1000, 2000, 5000, 9950,
    ]);
  });

  test('of one target are a constant rate', () => {
    const staged = createStagedPace(['0s:4/s', '10s:4/s'].map(parseStage));
    const constant = createConstantPace('rate', 4, 10_000);
    for (const index of [0, 1, 7, 39]) expect(staged.dueMs(index)).toBeCloseTo(constant.dueMs(index));
    expect(staged.dueMs(41)).toBe(Infinity);
  });
});
