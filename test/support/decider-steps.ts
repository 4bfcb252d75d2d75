import type { Command, EventBody, Failure, FinishReason, Usage } from '@stagewire/shared';
import type { RunInput } from '../../server/runs/decide/run-input.ts';
import { queuedBody } from './run-script.ts';

/** Steps of `given` and `when`, with what a test does not care about filled in. */

const runId = 'run_abcdefgh';
/** An answer with one file in it, and one that was cut off in it. */
export const file = '```ts src/a.ts\nexport const a = 1;\n```\n';
export const openFile = '```ts src/a.ts\nexport const a';
export const usage: Usage = { inputTokens: 10, outputTokens: 5, reasoningTokens: 0, source: 'final' };

export function queued(
  roles: readonly string[],
  more: { readonly maxAttemptsPerStage?: number; readonly maxRefinements?: number } = {},
): EventBody {
  const { maxAttemptsPerStage = 8, maxRefinements = 1 } = more;
  return queuedBody({
    pipeline: { roles: [...roles], maxRefinements },
    limits: { maxAttemptsPerStage, maxDurationMs: 60_000 },
  });
}

export const begin: RunInput = { type: 'begin' };
export const resolve: RunInput = { type: 'resolve' };
export const retry: RunInput = { type: 'retry' };
export const recover: RunInput = { type: 'recover', reason: 'restart', usage };

/** What the model of attempt `ref` (`1.2`) writes, from `offset` on. */
export function text(ref: string, role: string, written: string, offset = 0): EventBody {
  return { type: 'stage.delta', ...attempt(ref, role), offset, text: written };
}

export function noted(ref: string, message: string): EventBody {
  return {
    type: 'review.noted',
    ...attempt(ref, 'reviewer'),
    issue: { severity: 'major', message },
  };
}

function attempt(ref: string, role: string): { stage: number; role: string; attempt: number } {
  const [stage = 0, number = 0] = ref.split('.').map(Number);
  return { stage, role, attempt: number };
}

export function completed(finishReason: FinishReason = 'stop', used: Usage = usage): RunInput {
  const timings = { ttftMs: 1, durationMs: 2, retryInMs: 500 };
  return { type: 'call-ended', outcome: { status: 'completed', finishReason, usage: used, ...timings } };
}

export const aborted: RunInput = { type: 'call-ended', outcome: { status: 'aborted', usage } };

export function failed(failure: Partial<Failure> = {}): RunInput {
  const outcome = { status: 'failed', usage, ttftMs: 1, durationMs: 2, retryInMs: 500 } as const;
  return { type: 'call-ended', outcome: { ...outcome, failure: failureOf(failure) } };
}

export function fail(failure: Partial<Failure> = {}): RunInput {
  return { type: 'fail', usage, failure: failureOf({ code: 'LIMIT_REACHED', retryable: false, ...failure }) };
}

function failureOf(failure: Partial<Failure>): Failure {
  return { code: 'PROVIDER_UNAVAILABLE', message: 'busy', retryable: true, ...failure };
}

type Steer = Extract<Command, { kind: 'steer' }>;
type Redirect = Extract<Command, { kind: 'redirect' }>;
type Cancel = Extract<Command, { kind: 'cancel' }>;

/** @param id two hexadecimal digits. */
export function steer(id: string, more: Partial<Steer> = {}): Steer {
  return {
    kind: 'steer',
    ...commandIds(id),
    text: 'be brief',
    mode: 'restart',
    scope: 'stage',
    expect: 'any',
    ...more,
  };
}

export function redirect(id: string, to: string, more: Partial<Redirect> = {}): Redirect {
  return { kind: 'redirect', ...commandIds(id), to, expect: 'any', ...more };
}

export function cancelStage(id: string): Cancel {
  return { kind: 'cancel', ...commandIds(id), target: 'stage', expect: 'any' };
}

export function cancelRun(id: string): Cancel {
  return { kind: 'cancel', ...commandIds(id), target: 'run' };
}

function commandIds(id: string): { runId: string; commandId: string } {
  return { runId, commandId: `00000000-0000-4000-8000-0000000000${id}` };
}
