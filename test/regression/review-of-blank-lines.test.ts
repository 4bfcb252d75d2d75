import { expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';
import { leastCpuMs } from '../support/cpu-time.ts';

// At each line's end in a string that was not closed, all further blank lines were read again: 2 s for 45,000 of them, in
// one turn of the event loop.
test('a review whose text has very many blank lines is read in a time that grows as the text does', () => {
  const text = `{"issues":[{"message":"${'\n'.repeat(60_000)}"}]}`;
  expect(
    leastCpuMs(() => parseReview(text), 500),
    'timing: CPU',
  ).toBeLessThan(500);
});
