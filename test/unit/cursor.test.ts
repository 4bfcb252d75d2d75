import fc from 'fast-check';
import { formatCursor, parseCursor } from '@stagewire/shared';
import { expect, test } from 'vitest';

const runId = 'run_1234abcd';

test('a cursor on the wire is epoch, seq and a hash of run and instant, as these bytes', () => {
  const at = '2026-01-02T03:04:05.678Z';
  expect(formatCursor(runId, { epoch: 3, seq: 41, at })).toBe('3-41-fa9eff0b');
});

test('a cursor of an earlier version has a hash of the run alone', () => {
  expect(formatCursor(runId, { epoch: 3, seq: 41 })).toBe('3-41-8cfd43cf');
});

test('what is formatted is parsed, and differs by run and instant', () => {
  const position = fc.record({
    epoch: fc.integer({ min: 1, max: 999_999_999 }),
    seq: fc.integer({ min: 1, max: 1e14 }),
  });
  fc.assert(
    fc.property(position, (one) => {
      const cursor = formatCursor(runId, { ...one, at: '2026-01-02T03:04:05.678Z' });
      expect(parseCursor(cursor)).toEqual(one);
      expect(formatCursor('run_another0', { ...one, at: '2026-01-02T03:04:05.678Z' })).not.toBe(cursor);
      expect(formatCursor(runId, { ...one, at: '2026-01-02T03:04:05.679Z' })).not.toBe(cursor);
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
  expect(parseCursor(garbage)).toBeUndefined();
});

test('a megabyte of garbage is not a cursor', () => {
  expect(parseCursor('1'.repeat(1_000_000))).toBeUndefined();
});
