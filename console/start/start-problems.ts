import { grouped } from '@stagewire/client';
import { tooLong } from '../shell/units.ts';
import { limitReader } from './limit-reader.ts';
import { shownTexts, type StartDraft } from './start-draft.ts';
import { parseDuration, durationText } from './duration-draft.ts';

/** A field of the form: `task`, `roles`, `models.coder`, `settings.coder`, `labels.0`, `attempts`, `time`. */
export type StartField =
  | 'task'
  | 'roles'
  | 'files'
  | 'attempts'
  | 'time'
  | 'tokens'
  | 'cost'
  | `models.${string}`
  | `settings.${string}`
  | `labels.${number}`;

/** The same limits as in the schema of the contract. */
const maxLabelNameChars = 64;
const maxLabelValueChars = 256;
const minDurationMs = 1000;
export const maxOutputTokensAllowed = 10_000_000;
const model = /^(?:(?:anthropic|openai|openrouter|ollama|compatible)\/\S+|rehearsal(?:\/[a-z0-9=@,.-]*)?)$/;

/**
 * The error texts of all fields that the server would reject, in the order of the form.
 *
 * @param limits The server's limits, from `server.info`.
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

  if (draft.task.trim() === '') add('task', 'Enter a task.');
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
  add(
    'tokens',
    /^(?:|[1-9]\d{0,14})$/.test(draft.tokens.trim()) ? undefined : 'Enter a whole number above 0.',
  );
  add('cost', costProblem(draft.cost.trim()));
  add('time', timeProblem(parseDuration(draft.time), limit('maxDurationMs')));
  return problems;
}

function costProblem(text: string): string | undefined {
  const isValid = text === '' || (/^\d{1,18}(?:\.\d{1,12})?$/.test(text) && Number(text) > 0);
  return isValid ? undefined : 'Enter a decimal number above 0, such as 0.50.';
}

function lengthProblem(subject: string, text: string, maxChars: number): string | undefined {
  const problem = tooLong(text, maxChars);
  return problem === undefined ? undefined : `${subject} has ${problem}`;
}

function rolesProblem(roles: readonly string[]): string | undefined {
  if (roles.length === 0) return 'Choose at least one role.';
  return roles.every((it) => it === 'refiner')
    ? 'The refiner cannot run alone: it needs a review. Choose another role too.'
    : undefined;
}

function modelProblem(text: string): string | undefined {
  return text === '' || model.test(text)
    ? undefined
    : 'Invalid model. Use provider/model without spaces: anthropic/…, openai/…, openrouter/…, ollama/…, compatible/… or rehearsal.';
}

function labelProblem({ labels }: StartDraft, at: number, maxLabels: number): string | undefined {
  const name = labels[at]?.name.trim() ?? '';
  if (name === '') return labels[at]?.value.trim() === '' ? undefined : 'Enter a name for the label.';
  if (name.length > maxLabelNameChars)
    return `The limit for a label name is ${maxLabelNameChars} characters.`;
  const { length } = labels[at]?.value.trim() ?? '';
  if (length > maxLabelValueChars) return `The limit for a label value is ${maxLabelValueChars} characters.`;
  if (labels.findIndex((it) => it.name.trim() === name) < at) return `Duplicate label: ${name}.`;
  return at >= maxLabels ? `The limit is ${maxLabels} labels.` : undefined;
}

function wholeNumberProblem(text: string, max: number): string | undefined {
  const isValid = text === '' || (/^\d{1,9}$/.test(text) && Number(text) >= 1 && Number(text) <= max);
  return isValid ? undefined : `Enter a whole number from 1 to ${grouped(max)}.`;
}

function timeProblem(ms: number | undefined, maxMs: number): string | undefined {
  const isValid = ms === undefined || (ms >= minDurationMs && ms <= maxMs);
  return isValid
    ? undefined
    : `Enter a duration from ${durationText(minDurationMs)} to ${durationText(maxMs)}.`;
}
