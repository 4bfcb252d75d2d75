import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readLoadSettings } from '../../cli/load/load-settings.ts';
import { createRunPlanner, createShare } from '../../cli/load/plan-runs.ts';
import { loadOptions } from '../support/load-options.ts';

describe('shares', () => {
  test('of any number of draws, a share is picked to within one', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 100 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.nat(500),
        (percent, offset, draws) => {
          const share = createShare(percent / 100, offset);
          const picked = Array.from({ length: draws }, () => share.pick()).filter(Boolean).length;
          expect(Math.abs(picked - (draws * percent) / 100)).toBeLessThanOrEqual(1 + 1e-6);
        },
      ),
    );
  });

  test('all and none are all and none', () => {
    const [all, none] = [createShare(1, 0.3), createShare(0, 0.9)];
    expect(Array.from({ length: 9 }, () => [all.pick(), none.pick()])).toEqual(
      Array.from({ length: 9 }, () => [true, false]),
    );
  });

  test('a seed draws the same plans, and another seed others', () => {
    const settings = readLoadSettings(['http://localhost'], {
      ...loadOptions,
      steer: 0.5,
      cancel: 0.5,
      drop: 0.3,
      slow: 0.2,
    });
    const plans = (seed: number) => {
      const next = createRunPlanner({ ...settings, seed });
      return Array.from({ length: 20 }, () => {
        const { random, ...plan } = next();
        return { ...plan, drawn: random() };
      });
    };
    expect(plans(1)).toEqual(plans(1));
    expect(plans(1)).not.toEqual(plans(2));
    const kinds = Object.groupBy(
      plans(1).flatMap(({ subscribers }) => subscribers),
      (kind) => kind,
    );
    expect([kinds.dropping?.length, kinds.slow?.length, kinds.steady?.length]).toEqual([12, 8, 20]);
  });
});
