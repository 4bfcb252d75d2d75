import fc from 'fast-check';
import { formatCursor, parseCursor } from '@stagewire/shared';
import { expect, test } from 'vitest';

const runId = 'run_1234abcd';

test('a cursor on the wire is epoch, seq and a hash of the run, as these bytes', () => {
  expect(formatCursor(runId, { epoch: 3, seq: 41 })).toBe('3-41-8cfd43cf');
});

test('what is formatted is parsed, for the same run only', () => {
  const position = fc.record({
    epoch: fc.integer({ min: 1, max: 999_999_999 }),
    seq: fc.integer({ min: 1, max: 1e14 }),
  });
  fc.assert(
    fc.property(position, (one) => {
      const cursor = formatCursor(runId, one);
      expect(parseCursor(runId, cursor)).toEqual(one);
      expect(parseCursor('run_another0', cursor)).toBeUndefined();
    }),
  );
});

test.for([
  '',
  '0',
  '1-1',
  '0-1-8cfd43cf',
  '1-0-8cfd43cf',
  '-1-1-8cfd43cf',
  '1--1-8cfd43cf',
  '01-1-8cfd43cf',
  '1-1-8CFD43CF',
  '1-1-8cfd43cf ',
  ' 1-1-8cfd43cf',
  '1-1-8cfd43cf\n',
  '1.5-1-8cfd43cf',
  '1e3-1-8cfd43cf',
  `1-${'9'.repeat(400)}-8cfd43cf`,
  'feed-1',
])('garbage is not a cursor: %j', (garbage) => {
  expect(parseCursor(runId, garbage)).toBeUndefined();
});

test('a megabyte of garbage is not a cursor', () => {
  expect(parseCursor(runId, '1'.repeat(1_000_000))).toBeUndefined();
});
