import fc from 'fast-check';
import { fold } from '@stagewire/shared';
import type { EventBody, RunState } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { createWriteBuffer } from '../../server/runs/execute/write-buffer.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const delta = (offset: number, text: string, more: object = {}) =>
  ({ type: 'stage.delta', stage: 1, role: 'coder', attempt: 1, offset, text, ...more }) as EventBody;

function joined(bodies: readonly EventBody[], maxJoinedChars = 1000): readonly EventBody[] {
  const buffer = createWriteBuffer({ maxJoinedChars });
  for (const body of bodies) buffer.add(body);
  return buffer.take();
}

// Broken once: without `continuesDelta` in `join`, the deltas of another type or attempt were joined, and this was red.
test('deltas that wait together are one', () => {
  expect(joined([delta(0, 'ab'), delta(2, 'c'), delta(3, 'd')])).toEqual([delta(0, 'abcd')]);
});

test.for([
  ['of another type', { type: 'stage.reasoning' }],
  ['of another attempt', { attempt: 2 }],
  ['of another stage', { stage: 2 }],
  ['that leaves a hole', { offset: 3 }],
  ['that is no delta', { type: 'review.noted' }],
] as const)('one %s stays by itself', ([, change]) => {
  const bodies = [delta(0, 'ab'), delta(2, 'c', change)];
  expect(joined(bodies)).toEqual(bodies);
});

test('a delta behind something else begins anew, and the order stays', () => {
  const note = { type: 'review.noted', stage: 1, role: 'coder', attempt: 1 } as unknown as EventBody;
  const bodies = [delta(0, 'a'), note, delta(1, 'b'), delta(2, 'c')];
  expect(joined(bodies)).toEqual([delta(0, 'a'), note, delta(1, 'bc')]);
});

test('what is joined is not longer than the limit, and one long delta is not cut', () => {
  expect(joined([delta(0, 'aaaaa'), delta(5, 'b'), delta(6, 'c')], 2)).toEqual([
    delta(0, 'aaaaa'),
    delta(5, 'bc'),
  ]);
});

test('what was taken is gone, and what was added is as it was', () => {
  const buffer = createWriteBuffer({ maxJoinedChars: 1000 });
  const first = delta(0, 'a');
  buffer.add(first);
  buffer.add(delta(1, 'b'));
  expect(first).toEqual(delta(0, 'a'));
  expect(buffer.isEmpty).toBe(false);
  expect(buffer.take()).toEqual([delta(0, 'ab')]);
  expect(buffer.isEmpty).toBe(true);
  expect(buffer.take()).toEqual([]);
});

test('a run folds to the same text, whenever its log took what was said', () => {
  const piece = fc.record({
    text: fc.string({ minLength: 1 }),
    isReasoning: fc.boolean(),
    taken: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 30 }),
      (pieces, maxJoinedChars) => {
        const buffer = createWriteBuffer({ maxJoinedChars });
        const said = { 'stage.delta': '', 'stage.reasoning': '' };
        const taken: EventBody[] = [];
        for (const { text, isReasoning, taken: isTaken } of pieces) {
          const type = isReasoning ? 'stage.reasoning' : 'stage.delta';
          buffer.add(delta(said[type].length, text, { type }));
          said[type] += text;
          if (isTaken) taken.push(...buffer.take());
        }
        taken.push(...buffer.take());
        const run = createRunScript(runIdOf(1));
        const events = [...run.begin().events, ...(taken.length === 0 ? [] : run.next(...taken).events)];
        const state = events.reduce<RunState | undefined>((sum, event) => fold(sum, event), undefined);
        const attempt = state?.stages[0]?.attempts[0];
        expect(attempt?.text).toBe(said['stage.delta']);
        expect(attempt?.reasoning).toBe(said['stage.reasoning']);
      },
    ),
  );
});

// Only the text counted: a hundred bytes of objects for each of its characters did not.
test('deltas that cannot be joined are counted with what they take beside their text', () => {
  const buffer = createWriteBuffer({ maxJoinedChars: 1000, maxUnwrittenBytes: 100_000 });
  for (let at = 0; at < 200; at += 1) {
    buffer.add(delta(at, 'a'));
    buffer.add(delta(at, 'b', { type: 'stage.reasoning' }));
  }
  expect(buffer.drained()).toBeInstanceOf(Promise);
  buffer.take();
  buffer.settle();
  expect(buffer.drained()).toBeUndefined();
});
