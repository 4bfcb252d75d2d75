import { expect, test } from 'vitest';
import { parseReview } from '../../server/pipeline/review-parser.ts';

// At each line's end in a string that was not closed, all further blank lines were read again: 2 s for 45,000 of them, in
// one turn of the event loop.
test('a review whose text has very many blank lines is read in a time that grows as the text does', () => {
  const cpuMs = (lines: number) => {
    const before = process.cpuUsage();
    parseReview(`{"issues":[{"message":"${'\n'.repeat(lines)}"}]}`);
    return process.cpuUsage(before).user / 1000;
  };
  cpuMs(1000);
  expect(cpuMs(60_000)).toBeLessThan(500);
});
