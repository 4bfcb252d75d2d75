import {
  defaultSteerMode,
  expectOf,
  fold,
  isExpected,
  targetOf,
  type Expect,
  type RunState,
} from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { readVersionFixture, versionFixtures } from '../support/version-fixture.ts';

describe('what a command is meant for', () => {
  const running = stateAfter(4);
  const queued = stateAfter(1);

  test('is the attempt that is open, and nothing while the run is queued or has ended', () => {
    expect(targetOf(running)).toEqual({ stage: 1, role: 'coder', attempt: 1 });
    expect(targetOf(queued)).toBeNull();
    expect(targetOf({ ...running, status: 'completed' })).toBeNull();
    expect(targetOf(undefined)).toBeNull();
  });

  test('is said by the stage, whichever attempt; by the first stage if the run was queued then', () => {
    expect(expectOf({ stage: 3, role: 'coder', attempt: 2 }, running)).toEqual({ stage: 3 });
    expect(expectOf(null, queued)).toBe('any');
    expect(expectOf(null, running)).toEqual({ stage: 1 });
    expect(expectOf(null, undefined)).toBe('any');
  });

  test('is continued by default, unless it has no text yet or writes JSON', () => {
    const [stage] = running.stages;
    if (stage === undefined) throw new Error('there is no stage');
    const seen = targetOf(running);
    expect(defaultSteerMode(seen, running)).toBe('continue');
    expect(defaultSteerMode(seen, { ...running, stages: [{ ...stage, format: 'json' }] })).toBe('restart');
    expect(defaultSteerMode(null, queued)).toBe('restart');
    expect(defaultSteerMode(seen, undefined)).toBe('restart');
  });

  test('is by the first stage that was not inherited if the run was queued then', () => {
    const [stage] = running.stages;
    if (stage === undefined) throw new Error('there is no stage');
    const inheritedFrom = { runId: runIdOf(2), seq: 4, at: running.queuedAt };
    const copy = { ...stage, attempts: stage.attempts.map((attempt) => ({ ...attempt, inheritedFrom })) };
    const rerun = { ...running, stages: [copy, { ...stage, stage: 2 }] };
    expect(expectOf(null, rerun)).toEqual({ stage: 2 });
    const [attempt] = stage.attempts;
    if (attempt === undefined) throw new Error('there is no attempt');
    const fork = { ...running, stages: [copy, { ...copy, stage: 2, attempts: [...copy.attempts, attempt] }] };
    expect(expectOf(null, fork)).toEqual({ stage: 2 });
  });

  test.each<[Expect, boolean]>([
    ['any', true],
    [{ stage: 2 }, true],
    [{ stage: 2, attempt: 3 }, true],
    [{ stage: 2, attempt: 2 }, false],
    [{ stage: 1 }, false],
    [{ role: 'coder' }, true],
    [{ role: 'tester' }, false],
  ])('%j acts on stage 2, coder, attempt 3: %s', (precondition, acts) => {
    expect(isExpected(precondition, { stage: 2, role: 'coder', attempt: 3 })).toBe(acts);
    expect(isExpected(precondition, null)).toBe(precondition === 'any');
  });
});

test('what was seen at one moment of a run acts later if and only if its stage is still current', () => {
  const runs = versionFixtures().flatMap((name) => Object.values(readVersionFixture(name).events));
  for (const events of runs) {
    const states: RunState[] = [];
    for (const event of events) states.push(fold(states.at(-1), event));
    const moments = states.filter(
      (state, index) =>
        state.status !== states[index - 1]?.status || event(events, index) === 'stage.started',
    );
    for (const [index, then] of moments.entries()) {
      for (const now of moments.slice(index)) {
        const [seen, current] = [targetOf(then), targetOf(now)];
        const meantStage = seen?.stage ?? 1;
        const acts = current === null ? now.status === 'queued' : current.stage === meantStage;
        expect(isExpected(expectOf(seen, now), current)).toBe(acts);
      }
    }
  }
  expect(runs.length).toBeGreaterThan(5);
});

function event(events: readonly { readonly type: string }[], index: number): string | undefined {
  return events[index]?.type;
}

/** A run's state after so many events: queued, started, planned, its first stage started. */
function stateAfter(count: number): RunState {
  const { events } = createRunScript(runIdOf(1)).begin();
  const state = events.slice(0, count).reduce<RunState | undefined>(fold, undefined);
  if (state === undefined) throw new Error('a state needs an event');
  return state;
}
