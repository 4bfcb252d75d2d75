import type { AttemptState, CommandState, RunState, StageState } from '@stagewire/client';
import { inheritedFrom } from './attempt-labels.ts';

/** How an attempt ended, and by whose word. */
export interface Ending {
  readonly status: AttemptState['status'];
  readonly chars: number;
  /** The commands that ended it. */
  readonly by: readonly CommandState[];
  readonly cause: 'steer' | 'redirect' | 'cancel' | 'crash' | 'length' | undefined;
  readonly nextAttempt: number | undefined;
}

/** Reads from the run's state why an attempt is over: from what the next one was begun for, or the commands done to it. */
export function endingOf(state: RunState, stage: StageState, attempt: AttemptState): Ending {
  const next = stage.attempts.find((it) => it.attempt === attempt.attempt + 1);
  const common = { status: attempt.status, chars: attempt.text.length, nextAttempt: next?.attempt };
  const doneToIt = state.commands.filter(
    (it) =>
      it.kind !== 'steer' && it.appliedTo?.stage === stage.stage && it.appliedTo.attempt === attempt.attempt,
  );
  if (attempt.status === 'cancelled') return { ...common, cause: 'cancel', by: doneToIt };
  if (attempt.status !== 'interrupted') return { ...common, cause: undefined, by: [] };
  if (next?.cause === 'continue') return { ...common, cause: 'length', by: [] };
  if (next?.cause === 'resume') return { ...common, cause: 'crash', by: [] };
  if (next !== undefined) {
    const at = { stage: stage.stage, attempt: next.attempt };
    const isNew = (it: CommandState) => inheritedFrom(it, at) === undefined;
    return { ...common, cause: 'steer', by: promptCommands(state, next).filter(isNew) };
  }
  const redirect = doneToIt.filter((it) => it.kind === 'redirect');
  if (redirect.length > 0) return { ...common, cause: 'redirect', by: redirect };
  return { ...common, cause: doneToIt.length > 0 ? 'cancel' : 'crash', by: doneToIt };
}

/** The commands in an attempt's prompt. */
export function promptCommands(state: RunState, attempt: AttemptState): readonly CommandState[] {
  return state.commands.filter((it) => attempt.commandIds.includes(it.commandId));
}

/** How long an attempt has taken so far. */
export function elapsedMs(attempt: AttemptState, nowMs: number): number {
  if (attempt.durationMs !== undefined) return attempt.durationMs;
  const end = attempt.endedAt === undefined ? nowMs : Date.parse(attempt.endedAt);
  return Math.max(0, end - Date.parse(attempt.startedAt));
}

/** Tokens per second of an attempt that is over; `undefined` where there was too little to tell. */
export function rateOf(attempt: AttemptState): number | undefined {
  const { usage, durationMs, ttftMs = 0 } = attempt;
  if (usage === null || durationMs === undefined || durationMs - ttftMs < 200) return undefined;
  return (usage.outputTokens * 1000) / (durationMs - ttftMs);
}

/** A text's length in tokens, roughly: for what the provider has not counted yet. */
export function roughTokens(chars: number): number {
  return Math.round(chars / 4);
}
