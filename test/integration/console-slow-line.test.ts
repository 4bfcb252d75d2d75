import { expect, test, vi } from 'vitest';
import { createLineColours } from '../../console/text/line-colours.ts';

// Broken once: after half a second the rest of a line took the colour of its last token, for good.
test('a line that takes long, as on a busy machine, has all its colours', async () => {
  const colours = createLineColours();
  const lines = ["import { a } from './a.ts';"];
  const quick = await colours.colour({ id: 4, language: 'typescript', from: 0, lines });
  let nowMs = 0;
  const clock = vi.spyOn(Date, 'now').mockImplementation(() => (nowMs += 1000));
  const slow = await colours.colour({ id: 5, language: 'typescript', from: 0, lines });
  clock.mockRestore();
  expect(nowMs).toBeGreaterThan(0);
  expect(slow).toEqual(quick);
});
