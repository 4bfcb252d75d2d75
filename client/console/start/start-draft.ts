import type { InputFile, RunState, StartInput } from '../../generated/contract.ts';

/** What stands in the form; texts as typed. */
export interface StartDraft {
  readonly task: string;
  /** `undefined`: those of the server. */
  readonly roles: readonly string[];
  readonly maxRefinements: number;
  /** By role, and `default`; empty: the server's. */
  readonly models: Readonly<Record<string, string>>;
  /** By role, and `all`. */
  readonly instructions: Readonly<Record<string, string>>;
  readonly files: readonly InputFile[];
}

/** As the server has it: all roles but the tester. */
export const defaultRoles = ['architect', 'coder', 'reviewer', 'refiner', 'documenter'] as const;

export const emptyDraft: StartDraft = {
  task: '',
  roles: defaultRoles,
  maxRefinements: 2,
  models: {},
  instructions: {},
  files: [],
};

/** What the server is asked for; what was left alone is left to it. */
export function startInput(draft: StartDraft, order: readonly string[]): StartInput {
  const models = filled(draft.models);
  const instructions = filled(draft.instructions);
  return {
    task: draft.task.trim(),
    pipeline: {
      roles: order.filter((role) => draft.roles.includes(role)),
      maxRefinements: draft.maxRefinements,
    },
    ...(models !== undefined && { models }),
    ...(instructions !== undefined && { instructions }),
    ...(draft.files.length > 0 && { files: [...draft.files] }),
  };
}

/** A form filled in like a run was; its context files are not kept in its state. */
export function draftLike({ task, pipeline, models, instructions }: RunState): StartDraft {
  return {
    task,
    roles: pipeline.roles,
    maxRefinements: pipeline.maxRefinements,
    models,
    instructions,
    files: [],
  };
}

function filled(texts: Readonly<Record<string, string>>): Record<string, string> | undefined {
  const entries = Object.entries(texts).flatMap(([name, text]) =>
    text.trim() === '' ? [] : [[name, text.trim()]],
  );
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as Record<string, string>);
}
