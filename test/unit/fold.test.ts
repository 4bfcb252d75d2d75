import fc from 'fast-check';
import { fold, formatCursor, mergeDeltas } from '@stagewire/shared';
import type { DurableEvent, RunEvent, RunState } from '@stagewire/shared';
import { RunState as RunStateSchema } from '@stagewire/shared/state';
import { expect, test } from 'vitest';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { leastCpuRatio } from '../support/cpu-time.ts';

const foldAll = (events: readonly RunEvent[], from?: RunState) =>
  events.reduce<RunState | undefined>(fold, from);

const texts = fc.array(fc.string({ maxLength: 5 }), { minLength: 1, maxLength: 6 });
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constantFrom('deltas' as const, 'reasoning' as const), texts }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('attempt' as const), keep: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('recover' as const) }) },
);

/** The whole log of some run. */
const history = fc.array(step, { maxLength: 20 }).map((steps) => {
  const run = createRunScript(runIdOf(1));
  const appends = [run.begin()];
  for (const one of steps) {
    if (one.do === 'attempt') appends.push(run.nextAttempt({ keep: one.keep }));
    else if (one.do === 'recover') appends.push(run.recover());
    else appends.push(run[one.do](...one.texts));
  }
  return [...appends, run.complete()].flatMap(({ events }) => events);
});

/** The same log with some neighbours merged, as `choices` has it. */
function mergeSome(events: readonly DurableEvent[], choices: Iterator<boolean>): DurableEvent[] {
  const result: DurableEvent[] = [];
  for (const event of events) {
    const last = result.at(-1);
    const merged = last === undefined || choices.next().value !== true ? undefined : mergeDeltas(last, event);
    if (merged === undefined) result.push(event);
    else result[result.length - 1] = merged;
  }
  return result;
}

test('the state of any log fits its schema', () => {
  fc.assert(
    fc.property(history, (events) => void RunStateSchema.parse(foldAll(events))),
    { numRuns: 50 },
  );
});

test('fold of merged = fold of unmerged', () => {
  fc.assert(
    fc.property(history, fc.infiniteStream(fc.boolean()), (events, choices) => {
      expect(foldAll(mergeSome(events, choices))).toEqual(foldAll(events));
    }),
  );
});

test('fold with overlaps = fold: resumed from any place, merged in any other way, twice', () => {
  fc.assert(
    fc.property(history, fc.nat(), fc.nat(), fc.infiniteStream(fc.boolean()), (events, at, back, choices) => {
      const until = 1 + (at % events.length);
      const had = foldAll(events.slice(0, until));
      const again = mergeSome(events.slice(Math.max(0, until - (back % 8))), choices);
      expect(foldAll([...again, ...again], had)).toEqual(foldAll(events));
    }),
  );
});

test('what lies at or before its own seq changes nothing: the very state comes back', () => {
  fc.assert(
    fc.property(history, (events) => {
      const state = foldAll(events);
      for (const event of events) expect(fold(state, event)).toBe(state);
    }),
    { numRuns: 30 },
  );
});

test('an unknown type only moves seq, cursor and updatedAt', () => {
  const run = createRunScript(runIdOf(1));
  const before = foldAll(run.begin().events);
  const unknown = {
    type: 'stage.dreamt',
    runId: run.runId,
    seq: 5,
    at: '2027-01-01T00:00:00.000Z',
    stage: 1,
  };
  const after = fold(before, unknown as unknown as RunEvent);
  expect(after).toEqual({
    ...before,
    seq: 5,
    updatedAt: unknown.at,
    cursor: formatCursor(run.runId, { epoch: 1, seq: 5, at: unknown.at }),
  });
});

test('a transient event changes nothing', () => {
  const run = createRunScript(runIdOf(1));
  const state = foldAll(run.begin().events);
  const waiting = {
    type: 'run.waiting',
    phase: 'log',
    elapsedMs: 1,
    runId: run.runId,
    seq: 9,
    at: 'x',
  } as const;
  expect(fold(state, waiting)).toBe(state);
});

test('the state before is never changed', () => {
  fc.assert(
    fc.property(history, (events) => {
      let state: RunState | undefined;
      for (const event of events) {
        const frozen = structuredClone(state);
        const next = fold(state, event);
        expect(state).toEqual(frozen);
        state = next;
      }
    }),
    { numRuns: 20 },
  );
});

test('kept text begins the next attempt, a new epoch shows in the cursor', () => {
  const run = createRunScript(runIdOf(1));
  const appends = [
    run.begin(),
    run.deltas('Hello '),
    run.nextAttempt({ keep: true }),
    run.deltas('you'),
    run.recover(),
  ];
  const state = foldAll(
    [...appends, run.deltas('!'), run.nextAttempt({ keep: false })].flatMap(({ events }) => events),
  );
  expect(state?.stages[0]?.attempts.map(({ text }) => text)).toEqual([
    'Hello ',
    'Hello you',
    'Hello you!',
    '',
  ]);
  expect(state?.cursor).toMatch(/^2-\d+-/);
});

test('the first event must be run.queued', () => {
  expect(() => fold(undefined, createRunScript(runIdOf(1)).next({ type: 'run.started' }).events[0]!)).toThrow(
    RangeError,
  );
});

test('10,000 more deltas cost about as much each as the first 10,000', () => {
  const run = createRunScript(runIdOf(1));
  const words = Array.from({ length: 10_000 }, (_, index) => `word${index} `);
  const begun = foldAll(run.begin().events);
  const early = run.deltas(...words).events;
  const middle = foldAll(run.deltas(...words, ...words, ...words, ...words).events, foldAll(early, begun));
  const late = run.deltas(...words).events;
  // Quadratic cost would be at least five times as much here.
  expect(
    leastCpuRatio([() => void foldAll(early, begun), () => void foldAll(late, middle)], 3, 10),
  ).toBeLessThan(3);
});
