import type { RunPrompt, RunState, AttemptPlace } from '@stagewire/client';

/** A part of a prompt that is sent as a message of its own. */
export interface PromptPart {
  readonly title: string;
  readonly text: string;
}

export function promptParts({ system, messages }: RunPrompt): readonly PromptPart[] {
  const parts = messages.map(({ role, text }) => ({
    title: role === 'user' ? 'User' : 'Assistant',
    text,
  }));
  return [{ title: 'System', text: system }, ...parts].filter(({ text }) => text !== '');
}

/** The whole prompt as one text with titles, for the clipboard and the diff. */
export function promptText(prompt: RunPrompt): string {
  return promptParts(prompt)
    .map(({ title, text }) => `[${title}]\n${text}\n`)
    .join('\n');
}

/** The length of the prompt in characters. */
export function promptChars(prompt: RunPrompt): number {
  return promptParts(prompt).reduce((sum, { text }) => sum + text.length, 0);
}

/** The attempt to compare with: the previous one of the stage, else the last one of the role's previous stage. */
export function attemptBefore(state: RunState, { stage, attempt }: AttemptPlace): AttemptPlace | undefined {
  if (attempt > 1) return { stage, attempt: attempt - 1 };
  const role = state.stages.find((it) => it.stage === stage)?.role;
  const before = state.stages.findLast((it) => it.stage < stage && it.role === role);
  const last = before?.attempts.at(-1);
  return before === undefined || last === undefined
    ? undefined
    : { stage: before.stage, attempt: last.attempt };
}
