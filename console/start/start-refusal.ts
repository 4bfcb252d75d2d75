import { StagewireError, type InputIssue } from '@stagewire/client';
import { capitalized } from '../shell/labels.ts';
import type { StartDraft } from './start-draft.ts';
import type { StartField } from './start-problems.ts';

/** A draft that the server rejected, and why. */
export interface StartRefusal {
  readonly draft: StartDraft;
  /** The error texts of fields of the form. */
  readonly fields: ReadonlyMap<StartField, string>;
  /** The errors that belong to no field of the form, or ''. */
  readonly text: string;
}

/** The rejection of a draft, by field; `undefined` if the error is not about the input. */
export function readRefusal(error: unknown, draft: StartDraft): StartRefusal | undefined {
  if (!(error instanceof StagewireError)) return undefined;
  if (error.code !== 'INVALID_INPUT' && error.code !== 'TOO_LARGE') return undefined;
  const issues = error.details?.issues;
  if (issues === undefined) return undefined;
  const fields = new Map<StartField, string>();
  const texts: string[] = [];
  for (const issue of issues) {
    const field = fieldOf(issue, draft);
    if (field === undefined) texts.push(`${issue.field}: ${issue.message}.`);
    else fields.set(field, [fields.get(field), sentence(issue)].filter(Boolean).join(' '));
  }
  return { draft, fields, text: texts.join(' ') };
}

/** The errors of a rejection that still hold: those of fields that were not changed since. */
export function openRefusals(
  refusal: StartRefusal | undefined,
  draft: StartDraft,
): ReadonlyMap<StartField, string> {
  if (refusal === undefined) return new Map();
  return new Map(
    Array.from(refusal.fields).filter(([field]) => valueOf(refusal.draft, field) === valueOf(draft, field)),
  );
}

/** The field of the form for a field of the protocol. */
function fieldOf({ field }: InputIssue, draft: StartDraft): StartField | undefined {
  const [group = '', ...rest] = field.split('.');
  const name = rest[0] ?? '';
  const isShown = name === 'default' || name === 'all' || draft.roles.includes(name);
  switch (group) {
    case 'task':
      return 'task';
    case 'pipeline':
      return 'roles';
    case 'files':
      return 'files';
    case 'models':
      return isShown ? `models.${name}` : undefined;
    case 'instructions':
      return isShown ? `models.${name === 'all' ? 'default' : name}` : undefined;
    case 'settings':
      return draft.roles.includes(name) ? `settings.${name}` : undefined;
    case 'labels': {
      // A name may contain dots.
      const at = draft.labels.findIndex((label) => label.name.trim() === rest.join('.'));
      return at === -1 ? undefined : `labels.${at}`;
    }
    case 'limits':
      return limitFields[name];
    default:
      return undefined;
  }
}

const limitFields: Readonly<Record<string, StartField>> = {
  maxAttemptsPerStage: 'attempts',
  maxDurationMs: 'time',
  maxTokens: 'tokens',
  maxCost: 'cost',
  currency: 'cost',
};

function sentence({ message }: InputIssue): string {
  return `${capitalized(message)}${message.endsWith('.') ? '' : '.'}`;
}

/** What a field has in a draft, comparable by `===`. */
function valueOf(draft: StartDraft, field: StartField): unknown {
  const [group = '', name = ''] = field.split('.');
  switch (group) {
    case 'models':
      return JSON.stringify([draft.models[name], draft.instructions[name === 'default' ? 'all' : name]]);
    case 'settings':
      return JSON.stringify(draft.settings[name]);
    case 'labels':
      return JSON.stringify(draft.labels[Number(name)]);
    case 'roles':
      return JSON.stringify([draft.roles, draft.maxRefinements]);
    case 'time':
      return JSON.stringify(draft.time);
    case 'files':
      return draft.files;
    default:
      return group === 'attempts' || group === 'tokens' || group === 'cost' ? draft[group] : draft.task;
  }
}
