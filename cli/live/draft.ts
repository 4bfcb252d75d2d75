import { defaultLimits, targetOf, type AttemptTarget, type RunState } from '@stagewire/client';
import { defaultSteerMode, isPast } from '@stagewire/shared';
import type { Key } from './key-parser.ts';
import { edited, emptyText, type EditedText } from './line-editor.ts';

/** What a steer does to the attempt: the modes of the protocol, and `restart` without the interrupted text. */
export type SteerMode = 'continue' | 'restart' | 'restart-without-draft' | 'next';

interface DraftBase {
  /** The instruction, or the reason of a cancel. */
  readonly line: EditedText;
  /** The stage that is meant: the one that was current when typing started. */
  readonly seen: AttemptTarget | null;
  /** False: `seen` is still the current stage. */
  readonly isCaptured: boolean;
  /** The command was sent, and there was no answer: the same content is sent with the same id. */
  readonly commandId?: string | undefined;
}

export interface SteerDraft extends DraftBase {
  readonly kind: 'steer';
  /** What the user has chosen. @default `continue`, or `restart` where that is not possible */
  readonly mode?: SteerMode | undefined;
  readonly scope: 'stage' | 'run';
}

export interface RedirectDraft extends DraftBase {
  readonly kind: 'redirect';
  readonly roles: readonly string[];
  readonly to: string;
}

export interface CancelDraft extends DraftBase {
  readonly kind: 'cancel';
  readonly target: 'stage' | 'run';
}

/** A command that is being typed. */
export type Draft = SteerDraft | RedirectDraft | CancelDraft;

export function steerDraft(state: RunState): SteerDraft {
  return { kind: 'steer', line: emptyText, seen: targetOf(state), isCaptured: false, scope: 'run' };
}

/** @param roles of the server, in the order of a pipeline. */
export function redirectDraft(state: RunState, roles: readonly string[]): RedirectDraft {
  const seen = targetOf(state);
  const at = roles.findIndex((role) => role === seen?.role);
  // Work is sent back more often than forward.
  const to = roles[at > 0 ? at - 1 : at + 1] ?? roles[0] ?? 'coder';
  return { kind: 'redirect', line: emptyText, seen, isCaptured: true, roles, to };
}

export function cancelDraft(state: RunState, target: 'stage' | 'run'): CancelDraft {
  const seen = targetOf(state);
  const chosen = seen === null ? 'run' : target;
  return { kind: 'cancel', line: emptyText, seen, isCaptured: true, target: chosen };
}

/** The mode of a steer in the stage that is meant: partial JSON cannot be continued, nor a text that does not exist. */
export function modeOf({ mode = 'continue', seen }: SteerDraft, state: RunState): SteerMode {
  return mode === 'continue' && !canContinue(seen, state) ? 'restart' : mode;
}

function canContinue(seen: AttemptTarget | null, state: RunState): boolean {
  return defaultSteerMode(seen, state) === 'continue';
}

/** Whether the run is at another stage than the one that is meant, so that the server would reject the command. */
export function isOutdated(draft: Draft, state: RunState): boolean {
  if (draft.kind === 'cancel' && draft.target === 'run') return false;
  return draft.isCaptured && isPast(draft.seen, state);
}

/** By how many characters the text is too long; 0 if it is not. */
export function excessChars({ kind, line }: Draft): number {
  const { maxCommandTextChars, maxReasonChars } = defaultLimits;
  return Math.max(0, line.text.trim().length - (kind === 'cancel' ? maxReasonChars : maxCommandTextChars));
}

/** Whether Enter sends the draft. */
export function isComplete(draft: Draft, state: RunState): boolean {
  if (draft.kind === 'steer' && draft.line.text.trim() === '') return false;
  return excessChars(draft) === 0 && !isOutdated(draft, state);
}

/** The draft for the current stage. A draft without text follows the run. */
function retargeted(draft: Draft, state: RunState): Draft {
  const { commandId: _, ...rest } = draft;
  return { ...rest, seen: targetOf(state) };
}

/** The draft after the run has changed. */
export function followed(draft: Draft, state: RunState): Draft {
  return draft.isCaptured ? draft : { ...draft, seen: targetOf(state) };
}

/** The draft after a key that edits it or changes a choice; `undefined` for any other key. */
export function changedDraft(draft: Draft, key: Key, state: RunState): Draft | undefined {
  const { commandId: _, ...unsent } = draft;
  if (key.kind === 'key' && key.name === 'ctrl-t') return retargeted(draft, state);
  if (key.kind === 'key' && (key.name === 'tab' || key.name === 'backtab')) {
    return nextChoice(unsent, { isBack: key.name === 'backtab', state });
  }
  const line = edited(draft.line, key);
  if (line === undefined) return undefined;
  if (line.text === draft.line.text) return { ...draft, line };
  if (draft.kind !== 'steer') return { ...unsent, line };
  const isEmpty = line.text === '';
  const seen = isEmpty || draft.line.text === '' ? targetOf(state) : draft.seen;
  return { ...unsent, line, seen, isCaptured: !isEmpty };
}

const steerModes: readonly SteerMode[] = ['continue', 'restart', 'restart-without-draft', 'next'];

function nextChoice(draft: Draft, { isBack, state }: { isBack: boolean; state: RunState }): Draft {
  switch (draft.kind) {
    case 'steer': {
      if (isBack) return { ...draft, scope: draft.scope === 'run' ? 'stage' : 'run' };
      const modes = canContinue(draft.seen, state) ? steerModes : steerModes.slice(1);
      return { ...draft, mode: after(modes, modeOf(draft, state), 1) };
    }
    case 'redirect':
      return { ...draft, to: after(draft.roles, draft.to, isBack ? -1 : 1) };
    case 'cancel':
      return { ...draft, target: draft.target === 'run' && draft.seen !== null ? 'stage' : 'run' };
    default:
      draft satisfies never;
      return draft;
  }
}

function after<T>(all: readonly T[], one: T, by: number): T {
  return all[(all.indexOf(one) + by + all.length) % all.length] ?? one;
}
