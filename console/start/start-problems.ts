import { grouped } from '@stagewire/client';
import { tooLong } from '../shell/units.ts';
import { limitReader } from './limit-reader.ts';
import { shownTexts, type StartDraft } from './start-draft.ts';
import { parseTime, timeWords } from './time-draft.ts';

/** A field of the form: `task`, `roles`, `models.coder`, `settings.coder`, `labels.0`, `attempts`, `time`. */
export type StartField =
  'task' | 'roles' | 'attempts' | 'time' | `models.${string}` | `settings.${string}` | `labels.${number}`;

/** As the schema of the contract has them. */
const maxLabelNameChars = 64;
const maxLabelValueChars = 256;
const minDurationMs = 1000;
export const maxOutputTokensAllowed = 10_000_000;
const model = /^(?:(?:anthropic|openai|openrouter|ollama|compatible)\/\S+|rehearsal(?:\/[a-z0-9=@,.-]*)?)$/;

/**
 * What the server would refuse, in the order of the form: what is wrong and what would be right.
 *
 * @param limits Those of the server, as `server.info` says them.
 */
export function startProblems(
  draft: StartDraft,
  limits: Readonly<Record<string, number>>,
): ReadonlyMap<StartField, string> {
  const problems = new Map<StartField, string>();
  const add = (field: StartField, problem: string | undefined) => {
    if (problem !== undefined) problems.set(field, problem);
  };
  const limit = limitReader(limits);

  if (draft.task.trim() === '') add('task', 'Write what should be built.');
  add('task', lengthProblem('The task', draft.task.trim(), limit('maxTaskChars')));
  add('roles', rolesProblem(draft.roles));
  for (const [role, text] of Object.entries(shownTexts(draft, 'models')))
    add(`models.${role}`, modelProblem(text.trim()));
  for (const [role, text] of Object.entries(shownTexts(draft, 'instructions'))) {
    const row = role === 'all' ? 'default' : role;
    add(`models.${row}`, lengthProblem('The instruction', text.trim(), limit('maxInstructionChars')));
  }
  for (const role of draft.roles) {
    const tokens = draft.settings[role]?.maxOutputTokens.trim() ?? '';
    add(`settings.${role}`, wholeNumberProblem(tokens, maxOutputTokensAllowed));
  }
  draft.labels.forEach((_, at) => add(`labels.${at}`, labelProblem(draft, at, limit('maxLabels'))));
  add('attempts', wholeNumberProblem(draft.attempts.trim(), limit('maxAttemptsPerStageAllowed')));
  add('time', timeProblem(parseTime(draft.time), limit('maxDurationMs')));
  return problems;
}

function lengthProblem(what: string, text: string, most: number): string | undefined {
  const problem = tooLong(text, most);
  return problem === undefined ? undefined : `${what} has ${problem}`;
}

function rolesProblem(roles: readonly string[]): string | undefined {
  if (roles.length === 0) return 'Choose at least one role.';
  return roles.every((it) => it === 'refiner')
    ? 'The refiner works on what a reviewer has found. Choose another role too.'
    : undefined;
}

function modelProblem(text: string): string | undefined {
  return text === '' || model.test(text)
    ? undefined
    : 'A model is written as provider/model, without spaces: anthropic/…, openai/…, openrouter/…, ollama/…, compatible/… or rehearsal.';
}

function labelProblem({ labels }: StartDraft, at: number, most: number): string | undefined {
  const name = labels[at]?.name.trim() ?? '';
  if (name === '') return labels[at]?.value.trim() === '' ? undefined : 'The label needs a name.';
  if (name.length > maxLabelNameChars) return `A name has at most ${maxLabelNameChars} characters.`;
  const { length } = labels[at]?.value.trim() ?? '';
  if (length > maxLabelValueChars) return `A value has at most ${maxLabelValueChars} characters.`;
  if (labels.findIndex((it) => it.name.trim() === name) < at) return `There is a label ${name} above.`;
  return at >= most ? `A run has at most ${most} labels.` : undefined;
}

function wholeNumberProblem(text: string, most: number): string | undefined {
  const isFine = text === '' || (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= most);
  return isFine ? undefined : `A whole number from 1 to ${grouped(most)}.`;
}

function timeProblem(ms: number | undefined, mostMs: number): string | undefined {
  const isFine = ms === undefined || (ms >= minDurationMs && ms <= mostMs);
  return isFine ? undefined : `From ${timeWords(minDurationMs)} to ${timeWords(mostMs)}.`;
}
