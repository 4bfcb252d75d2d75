import { createHash } from 'node:crypto';
import {
  defaultLimits,
  type EventBody,
  type Settings,
  type StagewireError,
  type StartInput,
} from '@stagewire/shared';
import { defaultRoles } from '@stagewire/shared/default-roles';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { findRolesProblem, unknownRole } from '../pipeline/plan.ts';
import { findRole } from '../pipeline/roles.ts';
import type { PriceList } from '../providers/price-list.ts';
import { budgetLimits } from './budget-limits.ts';
import { canonicalJson } from './decide/canonical-json.ts';
import { ownerOfStart, type Principal } from '../identity/principal.ts';

/** The server's defaults for fields that a start leaves out. */
export interface StartDefaults {
  /** `default`, and roles with a model of their own. */
  readonly models: Readonly<Record<string, string>>;
  /** `default`, and roles with settings of their own; a run's own take precedence, field by field. @default {} */
  readonly settings?: Settings;
  /** Needed for runs with `maxCost`. @default such runs are rejected */
  readonly prices?: PriceList | undefined;
  /** The problem with a model reference; `undefined` if it is valid. */
  findModelProblem(modelRef: string): string | undefined;
}

/**
 * The first events of a run: `run.queued` and its context files. Pure.
 *
 * @throws StagewireError INVALID_INPUT for roles or models that the server cannot run, TOO_LARGE.
 */
export function startRun(input: StartInput, principal: Principal, defaults: StartDefaults): EventBody[] {
  checkRoles(input);
  checkFiles(input);
  const models = modelsOf(input, defaults);
  const files = input.files ?? [];
  return [
    {
      type: 'run.queued',
      task: input.task ?? '',
      owner: ownerOfStart(principal, { owner: input.owner }),
      actor: principal.actor,
      pipeline: {
        roles: [...(input.pipeline?.roles ?? defaultRoles)],
        maxRefinements: input.pipeline?.maxRefinements ?? defaultLimits.maxRefinements,
      },
      instructions: input.instructions ?? {},
      models,
      settings: settingsOf(input, defaults),
      limits: {
        maxAttemptsPerStage: input.limits?.maxAttemptsPerStage ?? defaultLimits.maxAttemptsPerStage,
        maxDurationMs: input.limits?.maxDurationMs ?? defaultLimits.maxDurationMs,
        ...budgetLimits(input.limits ?? {}, models, defaults.prices),
      },
      labels: input.labels ?? {},
      ...(input.traceparent === undefined ? {} : { traceparent: input.traceparent }),
      digest: digestOf(input),
    },
    ...files.map(({ path, text }): EventBody => ({ type: 'input.recorded', path, text })),
  ];
}

/** Hash of the body of a start: equal digests mean the same request. */
export function digestOf(input: StartInput): string {
  // A retry of an instrumented client comes from another span.
  const { runId: _, traceparent: __, ...body } = input;
  return createHash('sha256').update(canonicalJson(body)).digest('hex');
}

function checkRoles(input: StartInput): void {
  const problem = input.pipeline?.roles === undefined ? undefined : findRolesProblem(input.pipeline.roles);
  if (problem !== undefined) throw invalid('pipeline.roles', problem);
  for (const field of ['instructions', 'models', 'settings'] as const) {
    const general = field === 'instructions' ? 'all' : 'default';
    for (const name of Object.keys(input[field] ?? {})) {
      if (name !== general && findRole(name) === undefined) {
        throw invalid(`${field}.${name}`, unknownRole(name, [general]));
      }
    }
  }
}

function checkFiles(input: StartInput): void {
  const chars = (input.files ?? []).reduce((sum, file) => sum + file.text.length, 0);
  if (chars <= defaultLimits.maxFilesChars) return;
  throw wireErrors.TOO_LARGE.contextFiles(chars, defaultLimits.maxFilesChars);
}

/** A run's own default takes precedence over the server's model for a role: it applies to all roles of the run. */
function modelsOf(input: StartInput, defaults: StartDefaults): Record<string, string> {
  const own = input.models ?? {};
  const models = own['default'] === undefined ? { ...defaults.models, ...own } : { ...own };
  for (const [name, modelRef] of Object.entries(own)) {
    const problem = defaults.findModelProblem(modelRef);
    if (problem !== undefined) throw invalid(`models.${name}`, problem);
  }
  return models;
}

/** Precedence: the run's settings for the role, the run's default, the server's for the role, the server's default. */
function settingsOf(input: StartInput, defaults: StartDefaults): Settings {
  const own = input.settings ?? {};
  const given = defaults.settings ?? {};
  const names = new Set([...Object.keys(given), ...Object.keys(own)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      { ...given['default'], ...given[name], ...own['default'], ...own[name] },
    ]),
  );
}

function invalid(field: string, message: string): StagewireError {
  return wireErrors.INVALID_INPUT.fields([{ field, message }]);
}
