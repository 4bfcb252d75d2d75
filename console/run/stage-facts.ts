import type { AttemptState, CommandState, RunState, StageState } from '@stagewire/client';
import { inheritedFrom } from './attempt-labels.ts';

/** How and why an attempt ended. */
export interface Ending {
  readonly status: AttemptState['status'];
  readonly chars: number;
  /** The commands that ended it. */
  readonly by: readonly CommandState[];
  readonly cause: 'steer' | 'redirect' | 'cancel' | 'crash' | 'length' | undefined;
  readonly nextAttempt: number | undefined;
}

/** Derives why an attempt ended from the cause of the next one or from the commands applied to it. */
export function endingOf(state: RunState, stage: StageState, attempt: AttemptState): Ending {
  const next = stage.attempts.find((it) => it.attempt === attempt.attempt + 1);
  const common = { status: attempt.status, chars: attempt.text.length, nextAttempt: next?.attempt };
  const appliedToIt = state.commands.filter(
    (it) =>
      it.kind !== 'steer' && it.appliedTo?.stage === stage.stage && it.appliedTo.attempt === attempt.attempt,
  );
  if (attempt.status === 'cancelled') return { ...common, cause: 'cancel', by: appliedToIt };
  if (attempt.status !== 'interrupted') return { ...common, cause: undefined, by: [] };
  if (next?.cause === 'continue') return { ...common, cause: 'length', by: [] };
  if (next?.cause === 'resume') return { ...common, cause: 'crash', by: [] };
  if (next !== undefined) {
    const at = { stage: stage.stage, attempt: next.attempt };
    const isNew = (it: CommandState) => inheritedFrom(it, at) === undefined;
    return { ...common, cause: 'steer', by: promptCommands(state, next).filter(isNew) };
  }
  const redirect = appliedToIt.filter((it) => it.kind === 'redirect');
  if (redirect.length > 0) return { ...common, cause: 'redirect', by: redirect };
  return { ...common, cause: appliedToIt.length > 0 ? 'cancel' : 'crash', by: appliedToIt };
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

/** Tokens per second of an ended attempt; `undefined` if it was too short to measure. */
export function rateOf(attempt: AttemptState): number | undefined {
  const { usage, durationMs, ttftMs = 0 } = attempt;
  if (usage === null || durationMs === undefined || durationMs - ttftMs < 200) return undefined;
  return (usage.outputTokens * 1000) / (durationMs - ttftMs);
}

/** An estimate in tokens, for text that the provider has not counted yet. */
export function roughTokens(chars: number): number {
  return Math.round(chars / 4);
}
