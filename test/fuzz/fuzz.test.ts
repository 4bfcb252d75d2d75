import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { allFuzzers } from './all-fuzzers.ts';

const failedSeeds = JSON.parse(
  readFileSync(new URL('failed-seeds.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly number[]>>;

describe('random input of every kind does no harm', () => {
  test.each(allFuzzers)(
    '$name',
    async ({ name, shortSeeds, open }) => {
      await using session = await open();
      const first = Array.from({ length: shortSeeds }, (_, index) => index + 1);
      // Seeds that have failed once are played for ever.
      for (const seed of [...(failedSeeds[name] ?? []), ...first]) {
        const problem = await session.play(seed).then(
          () => undefined,
          (error: unknown) => (error instanceof Error ? (error.stack ?? error.message) : String(error)),
        );
        expect(problem, `to see it again: npm run fuzz -- ${name} --seed ${seed}`).toBeUndefined();
      }
    },
    60_000,
  );
});
