import { expect, test } from 'vitest';
import { createLane } from '../../server/runtime/lane.ts';
import { createFakeClock } from '../support/fake-clock.ts';

test.each([
  [undefined, 1],
  [4, 4],
])('a lane of width %s has at most %i tasks under way, and does all of them', async (width, most) => {
  const clock = createFakeClock();
  const lane = createLane(clock, width === undefined ? {} : { width });
  const progress = { underWay: 0, most: 0, done: [] as number[] };
  const tasks = Array.from({ length: 12 }, (_, index) =>
    lane(async () => {
      progress.underWay += 1;
      progress.most = Math.max(progress.most, progress.underWay);
      await new Promise<void>((resolve) => {
        clock.after(3, resolve);
      });
      progress.underWay -= 1;
      progress.done.push(index);
    }),
  );
  await clock.advance(100);
  await Promise.all(tasks);
  expect(progress.most).toBe(most);
  expect(progress.done).toHaveLength(12);
});
