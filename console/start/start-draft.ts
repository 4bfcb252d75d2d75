import type { InputFile, RoleSettings, StartInput } from '@stagewire/client';
import { defaultRoles } from '@stagewire/client';
import type { RunInput } from './read-run-input.ts';
import { noDuration, parseDuration, durationDraft, type DurationDraft } from './duration-draft.ts';

/** The content of the form; texts as typed. */
export interface StartDraft {
  readonly task: string;
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
};

/** The input of `runs.start`. Empty fields are omitted: the server's defaults apply. */
export function startInput(draft: StartDraft, order: readonly string[]): StartInput {
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
  };
  return {
    task: draft.task.trim(),
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
  const texts = [
    draft.task,
    ...Object.values(draft.models),
    ...Object.values(draft.settings).flatMap(({ effort, maxOutputTokens }) => [effort, maxOutputTokens]),
    ...Object.values(draft.instructions),
    ...draft.labels.flatMap(({ name, value }) => [name, value]),
    draft.attempts,
    draft.time.amount,
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
  const { maxAttemptsPerStage, maxDurationMs } = queued.limits;
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
  };
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
      [draft.attempts, draft.time.amount].filter((it) => it.trim() !== '').length,
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
