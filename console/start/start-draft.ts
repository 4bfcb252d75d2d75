import type { InputFile, RoleSettings, StartFrom, StartInput } from '@stagewire/client';
import { defaultRoles } from '@stagewire/client';
import type { RunInput } from './read-run-input.ts';
import { noDuration, parseDuration, durationDraft, type DurationDraft } from './duration-draft.ts';

/** The content of the form; texts as typed. */
export interface StartDraft {
  readonly task: string;
  /** Whose run it will be. @default the server's default */
  readonly owner?: string | undefined;
  readonly roles: readonly string[];
  readonly maxRefinements: number;
  /** By role, and `default`. Empty: the server's default. */
  readonly models: Readonly<Record<string, string>>;
  /** By role. */
  readonly settings: Readonly<Record<string, SettingsDraft>>;
  /** By role, and `all`. */
  readonly instructions: Readonly<Record<string, string>>;
  readonly files: readonly InputFile[];
  readonly labels: readonly LabelDraft[];
  /** Maximum attempts per stage. Empty: the server's limit. */
  readonly attempts: string;
  /** Maximum duration of the run. Empty: the server's limit. */
  readonly time: DurationDraft;
  /** Budget of the run in tokens. Empty: none. */
  readonly tokens: string;
  /** Budget of the run in the currency of the server. Empty: none. */
  readonly cost: string;
  /** The run that the new run starts from. @default none */
  readonly source?: DraftSource | undefined;
}

/** The run that a new run starts from. */
export interface DraftSource {
  readonly from: StartFrom;
  /** All stages of the source are inherited, and the task says what should change. */
  readonly isFollowUp: boolean;
  /** The task of the source. */
  readonly task: string;
  /** The draft as it was filled: fields without a change are omitted from the input, so that those of the source apply. */
  readonly filled: StartDraft;
}

/** Settings of a role's model. Empty: the default of the server or the provider. */
export interface SettingsDraft {
  readonly effort: '' | NonNullable<RoleSettings['effort']>;
  readonly maxOutputTokens: string;
}

export interface LabelDraft {
  readonly name: string;
  readonly value: string;
}

/** The server's defaults. */
export interface ServerChoices {
  readonly models: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, number>>;
}

export const emptyDraft: StartDraft = {
  task: '',
  roles: defaultRoles,
  maxRefinements: 2,
  models: {},
  settings: {},
  instructions: {},
  files: [],
  labels: [],
  attempts: '',
  time: noDuration,
  tokens: '',
  cost: '',
};

/**
 * The input of `runs.start`. Empty fields are omitted: the server's defaults apply. With a source, unchanged fields are
 * omitted: those of the source apply.
 */
export function startInput(draft: StartDraft, order: readonly string[]): StartInput {
  const input = wholeInput(draft, order);
  if (draft.source === undefined) return input;
  const { filled: before, from } = draft.source;
  return { ...changesIn(input, wholeInput(before, order)), from };
}

/** The fields of an input that differ from another one. A map that is empty now is sent, since it replaces the other one. */
function changesIn(input: StartInput, before: StartInput): Omit<StartInput, 'from'> {
  const isChanged = (one: unknown, other: unknown) => JSON.stringify(one) !== JSON.stringify(other);
  const fieldsIn = <T extends object>(now: T | undefined, old: T | undefined): Partial<T> | undefined => {
    const fields = Object.entries(now ?? {}).filter(([key, value]) =>
      isChanged(value, (old as Record<string, unknown> | undefined)?.[key]),
    );
    return fields.length === 0 ? undefined : (Object.fromEntries(fields) as Partial<T>);
  };
  const pipeline = fieldsIn(input.pipeline, before.pipeline);
  const limits = fieldsIn(input.limits, before.limits);
  return {
    ...(input.task !== before.task && { task: input.task }),
    ...(input.owner !== undefined && { owner: input.owner }),
    ...(pipeline !== undefined && { pipeline }),
    ...(limits !== undefined && { limits }),
    ...(isChanged(input.models, before.models) && { models: input.models ?? {} }),
    ...(isChanged(input.settings, before.settings) && { settings: input.settings ?? {} }),
    ...(isChanged(input.instructions, before.instructions) && { instructions: input.instructions ?? {} }),
    ...(isChanged(input.labels, before.labels) && { labels: input.labels ?? {} }),
    ...(input.files !== undefined && { files: input.files }),
  };
}

function wholeInput(draft: StartDraft, order: readonly string[]): StartInput {
  const models = filled(shownTexts(draft, 'models'));
  const settings = chosenSettings(draft);
  const instructions = filled(shownTexts(draft, 'instructions'));
  const labels = draft.labels.flatMap(({ name, value }) =>
    name.trim() === '' ? [] : [[name.trim(), value.trim()] as const],
  );
  const attempts = draft.attempts.trim();
  const maxDurationMs = parseDuration(draft.time);
  const limits = {
    ...(attempts !== '' && { maxAttemptsPerStage: Number(attempts) }),
    ...(maxDurationMs !== undefined && { maxDurationMs }),
    ...(draft.tokens.trim() !== '' && { maxTokens: Number(draft.tokens.trim()) }),
    ...(draft.cost.trim() !== '' && { maxCost: draft.cost.trim() }),
  };
  return {
    task: draft.task.trim(),
    ...(draft.owner !== undefined && { owner: draft.owner }),
    pipeline: {
      roles: order.filter((role) => draft.roles.includes(role)),
      maxRefinements: draft.maxRefinements,
    },
    ...(models !== undefined && { models }),
    ...(Object.keys(settings).length > 0 && { settings }),
    ...(instructions !== undefined && { instructions }),
    ...(draft.files.length > 0 && { files: [...draft.files] }),
    ...(Object.keys(limits).length > 0 && { limits }),
    ...(labels.length > 0 && { labels: Object.fromEntries(labels) }),
  };
}

/** The models or instructions of all roles and of the selected ones. Those of deselected roles are kept in the draft only. */
export function shownTexts(
  draft: StartDraft,
  kind: 'models' | 'instructions',
): Readonly<Record<string, string>> {
  const shown = new Set([kind === 'models' ? 'default' : 'all', ...draft.roles]);
  return Object.fromEntries(Object.entries(draft[kind]).filter(([name]) => shown.has(name)));
}

/** The settings of the selected roles, without empty ones. */
function chosenSettings(draft: StartDraft): Record<string, RoleSettings> {
  const chosen: Record<string, RoleSettings> = {};
  for (const [role, { effort, maxOutputTokens }] of Object.entries(draft.settings)) {
    const tokens = maxOutputTokens.trim();
    if (!draft.roles.includes(role) || (effort === '' && tokens === '')) continue;
    chosen[role] = {
      ...(effort !== '' && { effort }),
      ...(tokens !== '' && { maxOutputTokens: Number(tokens) }),
    };
  }
  return chosen;
}

/** Whether the form has no input that could be lost. */
export function isUntouched(draft: StartDraft): boolean {
  if (draft.source !== undefined)
    return JSON.stringify({ ...draft, source: undefined }) === JSON.stringify(draft.source.filled);
  const texts = [
    draft.task,
    ...Object.values(draft.models),
    ...Object.values(draft.settings).flatMap(({ effort, maxOutputTokens }) => [effort, maxOutputTokens]),
    ...Object.values(draft.instructions),
    ...draft.labels.flatMap(({ name, value }) => [name, value]),
    draft.attempts,
    draft.time.amount,
    draft.tokens,
    draft.cost,
  ];
  return (
    texts.every((it) => it.trim() === '') &&
    draft.files.length === 0 &&
    draft.maxRefinements === emptyDraft.maxRefinements &&
    draft.roles.toSorted().join() === defaultRoles.toSorted().join()
  );
}

/** A draft with the input of a run. Values that are the server's defaults stay empty. */
export function draftFromRun({ queued, files }: RunInput, { models, limits }: ServerChoices): StartDraft {
  const { maxAttemptsPerStage, maxDurationMs, maxTokens, maxCost = '' } = queued.limits;
  return {
    task: queued.task,
    roles: queued.pipeline.roles,
    maxRefinements: queued.pipeline.maxRefinements,
    models: isSame(queued.models, models) ? {} : queued.models,
    settings: settingsFromRun(queued.settings ?? {}),
    instructions: queued.instructions,
    files,
    labels: Object.entries(queued.labels).map(([name, value]) => ({ name, value })),
    attempts: maxAttemptsPerStage === limits['maxAttemptsPerStage'] ? '' : String(maxAttemptsPerStage),
    time: maxDurationMs === limits['maxDurationMs'] ? noDuration : durationDraft(maxDurationMs),
    tokens: maxTokens === undefined ? '' : String(maxTokens),
    cost: maxCost,
  };
}

/** A draft of a run that starts from another one. The files of the source are inherited, so the draft has none of them. */
export function draftFromSource(
  input: RunInput,
  choices: ServerChoices,
  { from, isFollowUp }: Pick<DraftSource, 'from' | 'isFollowUp'>,
): StartDraft {
  const { task } = input.queued;
  const draft = { ...draftFromRun(input, choices), files: [], task: isFollowUp ? '' : task };
  return { ...draft, source: { from, isFollowUp, task, filled: draft } };
}

function settingsFromRun(settings: Readonly<Record<string, RoleSettings>>): StartDraft['settings'] {
  return Object.fromEntries(
    Object.entries(settings).map(([role, { effort, maxOutputTokens }]): [string, SettingsDraft] => [
      role,
      { effort: effort ?? '', maxOutputTokens: maxOutputTokens === undefined ? '' : String(maxOutputTokens) },
    ]),
  );
}

/** The number of fields with a value in each collapsed section. */
export function countSetFields(draft: StartDraft): Readonly<Record<'models' | 'settings' | 'more', number>> {
  const size = (texts: Readonly<Record<string, string>>) => Object.keys(filled(texts) ?? {}).length;
  return {
    models: size(shownTexts(draft, 'models')) + size(shownTexts(draft, 'instructions')),
    settings: Object.values(chosenSettings(draft)).reduce((sum, it) => sum + Object.keys(it).length, 0),
    more:
      draft.labels.filter(({ name }) => name.trim() !== '').length +
      [draft.attempts, draft.time.amount, draft.tokens, draft.cost].filter((it) => it.trim() !== '').length,
  };
}

function isSame(one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Array.from(names).every((name) => one[name] === other[name]);
}

function filled(texts: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const entries = Object.entries(texts).flatMap(([name, text]) =>
    text.trim() === '' ? [] : [[name, text.trim()]],
  );
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Record<string, string>);
}
