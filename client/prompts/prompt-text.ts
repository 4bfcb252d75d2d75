import type { RunPrompt, RunState } from '../generated/contract.ts';
import type { AttemptPlace } from '../files/attempt-place.ts';

/** A part of a prompt that is sent as a message of its own. */
export interface PromptPart {
  /** `System`, `User` or `Assistant`. */
  readonly title: string;
  /** The text of the message, as it was sent. */
  readonly text: string;
}

/** The parts of a prompt in the order in which they are sent; an empty system message is left out. */
export function promptParts({ system, messages }: RunPrompt): readonly PromptPart[] {
  const parts = messages.map(({ role, text }) => ({
    title: role === 'user' ? 'User' : 'Assistant',
    text,
  }));
  return [{ title: 'System', text: system }, ...parts].filter(({ text }) => text !== '');
}

/** The whole prompt as one text with titles, for a clipboard or `lineDiff`. */
export function promptText(prompt: RunPrompt): string {
  return promptParts(prompt)
    .map(({ title, text }) => `[${title}]\n${text}\n`)
    .join('\n');
}

/** The length of a prompt in chars, without the titles. */
export function promptChars(prompt: RunPrompt): number {
  return promptParts(prompt).reduce((sum, { text }) => sum + text.length, 0);
}

/**
 * The attempt whose prompt is worth comparing with: the previous one of the stage, else the last one of the previous
 * stage of this role; `undefined` for the first attempt of a role.
 */
export function attemptBefore(state: RunState, { stage, attempt }: AttemptPlace): AttemptPlace | undefined {
  if (attempt > 1) return { stage, attempt: attempt - 1 };
  const role = state.stages.find((it) => it.stage === stage)?.role;
  const before = state.stages.findLast((it) => it.stage < stage && it.role === role);
  const last = before?.attempts.at(-1);
  return before === undefined || last === undefined
    ? undefined
    : { stage: before.stage, attempt: last.attempt };
}
