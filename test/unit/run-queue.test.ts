import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRunQueue } from '../../server/runs/run-queue.ts';

function createQueue(options: { readonly maxRunning: number; readonly maxRunningOfOwner?: number }) {
  const begun: string[] = [];
  const queue = createRunQueue({ ...options, mayBegin: () => true, begin: (runId) => begun.push(runId) });
  return { queue, begun };
}

const push = (
  queue: ReturnType<typeof createQueue>['queue'],
  owner: string,
  count: number,
  queuedAtMs: number,
) => {
  for (let number = 1; number <= count; number += 1) queue.push(`${owner}-${number}`, { owner, queuedAtMs });
};

describe('the queue of a process', () => {
  // Seen red with: the owner of the oldest run first among equals.
  test.each([1, 2, 8])('lets 5 runs not wait for 500 of another owner, with %i slots', (maxRunning) => {
    const { queue, begun } = createQueue({ maxRunning });
    push(queue, 'many', 500, 1);
    push(queue, 'few', 5, 2);
    expect(queue.positionOf('few-5')!.ahead).toBeLessThan(12 + maxRunning);
    // Runs end in the order in which they began.
    for (let ended = 0; begun.filter((runId) => runId.startsWith('few')).length < 5; ended += 1) {
      queue.leave(begun[ended]!);
      expect(ended).toBeLessThan(12 + maxRunning);
    }
    expect(begun.filter((runId) => runId.startsWith('few'))).toEqual(
      [1, 2, 3, 4, 5].map((it) => `few-${it}`),
    );
  });

  test('executes no more runs of an owner than its limit, and the others of the queue meanwhile', () => {
    const { queue, begun } = createQueue({ maxRunning: 4, maxRunningOfOwner: 2 });
    push(queue, 'one', 3, 1);
    push(queue, 'other', 1, 2);
    expect(begun).toEqual(['one-1', 'one-2', 'other-1']);
    expect(queue.ofOwner('one')).toEqual({ queued: 1, running: 2 });
    queue.leave('one-2');
    expect(begun.at(-1)).toBe('one-3');
  });

  test('begins a run again first that was put back', () => {
    const { queue, begun } = createQueue({ maxRunning: 1 });
    push(queue, 'one', 2, 1);
    push(queue, 'other', 1, 2);
    expect(queue.putBack('one-1')).toBe(true);
    expect(queue.positionOf('one-1')).toMatchObject({ ahead: 0 });
    const places = ['one-2', 'other-1'].map((runId) => queue.positionOf(runId)?.ahead);
    expect(new Set(places)).toEqual(new Set([1, 2]));
    queue.beginNext();
    expect(begun).toEqual(['one-1', 'one-1']);
    expect(queue.putBack('unknown')).toBe(false);
  });

  // Seen red with: a run that leaves the queue without being taken from its owner.
  test('counts what is there, after any sequence', () => {
    const step = fc.record({
      do: fc.constantFrom('push', 'leave', 'putBack', 'admit', 'beginNext'),
      run: fc.integer({ min: 0, max: 11 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { queue } = createQueue({ maxRunning: 3, maxRunningOfOwner: 2 });
        const live = new Set<string>();
        for (const { do: what, run } of steps) {
          const [runId, owner] = [`run-${run}`, `owner-${run % 3}`];
          if (what === 'push' && !live.has(runId)) queue.push(runId, { owner, queuedAtMs: run });
          if (what === 'admit' && !live.has(runId)) queue.admit(runId, owner);
          if (what === 'push' || what === 'admit') live.add(runId);
          if (what === 'leave') queue.leave(runId);
          if (what === 'leave') live.delete(runId);
          if (what === 'putBack') queue.putBack(runId);
          if (what === 'beginNext') queue.beginNext();
          expect(queue.queued + queue.running).toBe(live.size);
          const queued = [...queue.queuedIds()];
          const places = queued.map((it) => queue.positionOf(it)?.ahead ?? -1);
          expect(places.toSorted((one, other) => one - other)).toEqual(queued.map((_, index) => index));
          const sums = [0, 1, 2].map((it) => queue.ofOwner(`owner-${it}`));
          expect(sums.reduce((sum, it) => sum + it.queued, 0)).toBe(queue.queued);
          expect(sums.reduce((sum, it) => sum + it.running, 0)).toBe(queue.running);
        }
        for (const runId of live) queue.leave(runId);
        expect([queue.queued, queue.running, queue.ofOwner('owner-0').running]).toEqual([0, 0, 0]);
      }),
    );
  });
});
