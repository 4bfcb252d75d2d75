import type { EventBody } from '@stagewire/shared';
import { DurableEvent } from '@stagewire/shared/events';
import { assert, constant, constantFrom, double, integer, oneof, property, record, string } from 'fast-check';
import { expect, test } from 'vitest';
import { validateDeltaFast } from '../../server/runs/execute/validate-delta-fast.ts';

const envelope = { runId: 'run_00000000', seq: 7, at: '2026-01-01T00:00:00.000Z' };
const sound = { stage: 1, role: 'coder', attempt: 2, offset: 30, text: ' word' };

const anyNumber = oneof(integer(), double(), constantFrom(0, -0, 1, -1, 2 ** 53, 2 ** 53 - 1, NaN, Infinity));
const odd = oneof(anyNumber, string(), constantFrom(undefined, null, true));
const anyBody = record(
  {
    type: constantFrom('stage.delta', 'stage.reasoning', 'stage.started', 'run.started', 'x'),
    stage: oneof(constant(1), odd),
    role: oneof(
      constantFrom('coder', 'a', 'A', '', '1a', 'a\n', `a${'b'.repeat(31)}`, `a${'b'.repeat(32)}`),
      odd,
    ),
    attempt: oneof(constant(2), odd),
    offset: oneof(constant(30), odd),
    text: oneof(string({ unit: 'binary' }), odd),
    firstSeq: oneof(constant(1), odd),
    more: odd,
  },
  { requiredKeys: ['type'] },
);
const almostSound = anyBody.map((body) => ({ ...sound, ...body }));

test('a delta that is taken for sound is what the schema would have made of it', () => {
  assert(
    property(oneof(anyBody, almostSound), (body) => {
      const quick = validateDeltaFast(body as EventBody, envelope);
      if (quick === undefined) return;
      const parsed = DurableEvent.parse({ ...body, ...envelope });
      // As text too: what is stored must not depend on who has looked at it.
      expect(JSON.stringify(quick)).toBe(JSON.stringify(parsed));
      expect(quick).toEqual(parsed);
    }),
    { numRuns: 3000 },
  );
});

test.each(['stage.delta', 'stage.reasoning'] as const)(
  'a %s as models make them is taken for sound',
  (type) => {
    expect(validateDeltaFast({ type, ...sound }, envelope)).toEqual({ type, ...sound, ...envelope });
  },
);

test.each<object>([
  { type: 'run.started' },
  { type: 'stage.delta', ...sound, firstSeq: 3 },
  { type: 'stage.delta', ...sound, offset: -1 },
  { type: 'stage.delta', ...sound, stage: 0 },
  { type: 'stage.delta', ...sound, role: 'Coder' },
])('everything else is left to the schema: %j', (body) => {
  expect(validateDeltaFast(body as EventBody, envelope)).toBeUndefined();
});
