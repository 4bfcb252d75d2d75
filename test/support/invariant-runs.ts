import type { RunEvent } from '@stagewire/shared';

export const usage = {
  inputTokens: 10,
  outputTokens: 5,
  reasoningTokens: 2,
  cachedInputTokens: 4,
  source: 'final',
};

const limits = { maxAttemptsPerStage: 8 };

/** One short run that keeps every invariant: a steer that goes on, a cancelled stage, and a completed one with a file. */
export const run = numbered([
  { type: 'run.queued', pipeline: { roles: ['architect', 'coder'] }, limits },
  { type: 'run.started' },
  { type: 'run.planned', roles: ['architect', 'coder'] },
  of(1, 1, { type: 'stage.started', keptChars: 0, cause: 'plan' }),
  of(1, 1, { type: 'stage.delta', offset: 0, text: 'abc' }),
  { type: 'command.accepted', commandId: 's', command: { kind: 'steer' } },
  of(1, 1, { type: 'stage.interrupted', chars: 3, cause: 'steer' }),
  of(1, 2, { type: 'stage.started', keptChars: 3, cause: 'steer', commandIds: ['s'] }),
  { type: 'command.applied', commandId: 's', stage: 1, attempt: 2 },
  of(1, 2, { type: 'stage.reasoning', offset: 0, text: 'hm' }),
  of(1, 2, { type: 'stage.delta', offset: 3, text: 'd' }),
  of(1, 2, { type: 'stage.delta', offset: 4, text: 'e' }),
  { type: 'command.accepted', commandId: 'c', command: { kind: 'cancel' } },
  of(1, 2, { type: 'stage.cancelled', chars: 5 }),
  { type: 'command.applied', commandId: 'c' },
  { type: 'run.planned', roles: ['coder'] },
  of(2, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', role: 'coder' }),
  of(2, 1, { type: 'stage.delta', offset: 0, text: 'code', role: 'coder' }),
  of(2, 1, { type: 'artifact.recorded', parts: [{ offset: 1, chars: 3 }], path: 'a.ts', role: 'coder' }),
  of(2, 1, { type: 'stage.completed', chars: 4, role: 'coder' }),
  { type: 'run.completed', verdict: 'none', usage: usageOf(3) },
]);

const coder = { role: 'coder' };
const refiner = { role: 'refiner' };
const reviewer = { role: 'reviewer' };
const tester = { role: 'tester' };
export const major = { severity: 'major', message: 'It leaks.' };

/**
 * Another one: a coder that is cut and goes on, a review, a refiner that leaves a file open, removes one and is
 * repaired, an approval, and a tester that changes what was approved, so that it is reviewed again.
 */
export const crew = numbered([
  { type: 'run.queued', pipeline: { roles: ['coder', 'reviewer', 'refiner', 'tester'] }, limits },
  { type: 'input.recorded', path: 'in.md', text: 'wishes' },
  { type: 'run.planned', roles: ['coder', 'reviewer', 'tester'] },
  of(1, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...coder }),
  of(1, 1, { type: 'stage.delta', offset: 0, text: 'one tw', ...coder }),
  of(1, 1, { type: 'stage.interrupted', chars: 6, cause: 'length', ...coder }),
  of(1, 2, { type: 'stage.started', keptChars: 6, cause: 'continue', ...coder }),
  of(1, 2, { type: 'stage.delta', offset: 6, text: 'o old', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([4, 2], [6, 1]), path: 'b', ...coder }),
  of(1, 2, { type: 'artifact.recorded', parts: parts([8, 3]), path: 'old', ...coder }),
  of(1, 2, { type: 'stage.completed', chars: 11, ...coder }),
  of(2, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(2, 1, { type: 'review.noted', issue: major, ...reviewer }),
  of(2, 1, { type: 'review.recorded', verdict: 'changes_requested', issues: [major], ...reviewer }),
  of(2, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer', 'tester'] },
  of(3, 1, { type: 'stage.started', keptChars: 0, cause: 'review', ...refiner }),
  of(3, 1, { type: 'stage.delta', offset: 0, text: 'ONE cut', ...refiner }),
  of(3, 1, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...refiner }),
  of(3, 1, { type: 'artifact.removed', path: 'old', offset: 3, chars: 0, ...refiner }),
  of(3, 1, { type: 'artifact.skipped', reason: 'open', path: 'c', offset: 4, chars: 3, ...refiner }),
  of(3, 1, {
    type: 'stage.failed',
    chars: 7,
    retryInMs: 0,
    failure: { code: 'OUTPUT_INVALID', reason: 'file_open' },
    ...refiner,
  }),
  of(3, 2, { type: 'stage.started', keptChars: 0, cause: 'repair', ...refiner }),
  of(3, 2, { type: 'stage.delta', offset: 0, text: 'whole', ...refiner }),
  of(3, 2, { type: 'artifact.recorded', parts: parts([0, 5]), path: 'c', ...refiner }),
  of(3, 2, { type: 'stage.completed', chars: 5, ...refiner }),
  of(4, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(4, 1, { type: 'review.recorded', verdict: 'approved', issues: [], ...reviewer }),
  of(4, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  of(5, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...tester }),
  of(5, 1, { type: 'stage.delta', offset: 0, text: 'two test', ...tester }),
  of(5, 1, { type: 'artifact.recorded', parts: parts([0, 3]), path: 'a', ...tester }),
  of(5, 1, { type: 'artifact.recorded', parts: parts([4, 4]), path: 't', ...tester }),
  of(5, 1, { type: 'stage.completed', chars: 8, ...tester }),
  { type: 'run.planned', cause: 'review', roles: ['reviewer'] },
  of(6, 1, { type: 'stage.started', keptChars: 0, cause: 'plan', ...reviewer }),
  of(6, 1, {
    type: 'review.recorded',
    verdict: 'unknown',
    issues: [],
    problems: ['unreadable'],
    ...reviewer,
  }),
  of(6, 1, { type: 'stage.completed', chars: 0, ...reviewer }),
  { type: 'run.completed', verdict: 'unknown', usage: usageOf(8) },
]);

export function parts(...pieces: readonly (readonly [number, number])[]) {
  return pieces.map(([offset, chars]) => ({ offset, chars }));
}

/** Of this many attempts. */
function usageOf(attempts: number) {
  const { inputTokens, outputTokens } = usage;
  return { ...usage, inputTokens: attempts * inputTokens, outputTokens: attempts * outputTokens };
}

function of(stage: number, attempt: number, event: object): object {
  return { stage, attempt, role: 'architect', ...event };
}

function numbered(events: readonly object[]): readonly RunEvent[] {
  return events.map(
    (event, index) => ({ runId: 'run_laws-00001', at: '', seq: index + 1, usage, ...event }) as RunEvent,
  );
}
