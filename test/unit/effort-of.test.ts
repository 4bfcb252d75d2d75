import { expect, test } from 'vitest';
import type { Effort, RunState, Settings, StageState } from '@stagewire/shared';
import { effortOf } from '../../server/runs/decide/effort-of.ts';

function effort(settings: Settings, ...reasons: readonly (string | undefined)[]): Effort | undefined {
  const attempts = [...reasons, undefined].map((reason, index) => ({
    attempt: index + 1,
    ...(reason === undefined ? {} : { failure: { reason } }),
  }));
  const stage = { role: 'coder', attempts } as unknown as StageState;
  const last = stage.attempts.at(-1);
  if (last === undefined) throw new Error('no attempt');
  return effortOf({ settings } as RunState, stage, last);
}

const spent = 'output_limit';

test.each([
  { settings: {}, reasons: [], is: undefined },
  { settings: {}, reasons: [spent], is: 'low' },
  { settings: { coder: { effort: 'high' } }, reasons: [], is: 'high' },
  { settings: { coder: { effort: 'high' } }, reasons: [spent], is: 'medium' },
  { settings: { coder: { effort: 'high' } }, reasons: [spent, spent], is: 'low' },
  { settings: { coder: { effort: 'high' } }, reasons: [spent, spent, spent], is: 'low' },
  { settings: { coder: { effort: 'high' } }, reasons: ['empty', undefined, spent], is: 'medium' },
  { settings: { default: { effort: 'medium' } }, reasons: [], is: 'medium' },
  { settings: { default: { effort: 'medium' }, coder: { maxOutputTokens: 5 } }, reasons: [], is: 'medium' },
  { settings: { tester: { effort: 'low' } }, reasons: [], is: undefined },
] as { settings: Settings; reasons: string[]; is?: Effort }[])('$settings after $reasons: $is', (given) => {
  expect(effort(given.settings, ...given.reasons)).toBe(given.is);
});

test('what fails later does not change an attempt before it', () => {
  const stage = {
    role: 'coder',
    attempts: [{ attempt: 1, failure: { reason: spent } }, { attempt: 2 }],
  } as unknown as StageState;
  const [first] = stage.attempts;
  const run = { settings: { coder: { effort: 'high' } } } as unknown as RunState;
  expect(first === undefined ? undefined : effortOf(run, stage, first)).toBe('high');
});
