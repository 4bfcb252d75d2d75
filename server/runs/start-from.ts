import {
  defaultLimits,
  type EventBody,
  type RunState,
  type StagewireError,
  type StageState,
  type StartInput,
} from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { ownerOfStart, type Principal } from '../identity/principal.ts';
import { planAfterRedirect, unknownRole } from '../pipeline/plan.ts';
import { findRole } from '../pipeline/roles.ts';
import { inheritedLimits } from './budget-limits.ts';
import { lineageOf, type ResolvedSource } from './decide/resolve-source.ts';
import { digestOf, startRun, type StartDefaults } from './start-run.ts';

/** The run that a new one starts from, and what is inherited from it. */
export interface Source {
  readonly run: RunState;
  readonly resolved: ResolvedSource;
  /** The inherited events, in the order of the log. */
  readonly copies: readonly EventBody[];
}

/**
 * The first events of a run that starts from another one: `run.queued`, the copies, its own context files, and the plan
 * if the input selects other roles. Pure.
 *
 * @throws StagewireError as `startRun`; INVALID_INPUT also for what is inherited and this server cannot run.
 */
export function startFrom(
  input: StartInput,
  source: Source,
  { principal, defaults }: { readonly principal: Principal; readonly defaults: StartDefaults },
): EventBody[] {
  const { run, resolved, copies } = source;
  const { models, settings } = run;
  const owner = ownerOfStart(principal, { owner: input.owner, sourceOwner: run.owner });
  const whole = { ...withSource(input, source), owner };
  checkFiles(input, copies);
  const [queued, ...files] = startRun(whole, principal, { ...defaults, models, settings });
  if (queued?.type !== 'run.queued') throw new RangeError('a start begins with run.queued');
  checkModels(input, queued.models, { run, defaults });
  return [
    { ...queued, from: lineageOf(run, resolved, whole.task), digest: digestOf(input) },
    ...copies,
    ...files,
    ...otherPlan(input, source),
  ];
}

/** The input with the fields of the source where it has none. */
function withSource(input: StartInput, { run, resolved }: Source): StartInput & { readonly task: string } {
  if (resolved.isFollowUp && input.task === undefined) {
    throw invalid('task', `required: run ${run.runId} has completed, so this is its follow-up`);
  }
  return {
    ...input,
    task: input.task ?? run.task,
    instructions: input.instructions ?? run.instructions,
    labels: input.labels ?? run.labels,
    pipeline: { ...run.pipeline, ...given(input.pipeline) },
    limits: { ...inheritedLimits(run.limits, input.limits), ...given(input.limits) },
  };
}

/** The limits are those of all context files of a run, inherited ones included. */
function checkFiles({ files = [] }: StartInput, copies: readonly EventBody[]): void {
  const charsByPath = new Map<string, number>();
  for (const event of copies) {
    if (event.type === 'input.recorded') charsByPath.set(event.path, event.text.length);
  }
  for (const { path, text } of files) charsByPath.set(path, text.length);
  const { maxFiles, maxFilesChars } = defaultLimits;
  if (charsByPath.size > maxFiles) {
    const message = `the run would have more than ${maxFiles} context files, with those that it inherits`;
    throw wireErrors.TOO_LARGE.fields([{ field: 'files', message }]);
  }
  const chars = [...charsByPath.values()].reduce((sum, length) => sum + length, 0);
  if (chars > maxFilesChars) throw wireErrors.TOO_LARGE.contextFiles(chars, maxFilesChars);
}

/** Without the fields that are `undefined`, which would hide those of the source. */
function given<Fields extends object>(fields: Fields | undefined): Partial<Fields> {
  const entries = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Partial<Fields>;
}

/** Models of the input are checked by `startRun`. */
function checkModels(
  input: StartInput,
  models: Readonly<Record<string, string>>,
  { run, defaults }: { readonly run: RunState; readonly defaults: StartDefaults },
): void {
  for (const [name, modelRef] of Object.entries(models)) {
    if (input.models?.[name] !== undefined) continue;
    const problem = defaults.findModelProblem(modelRef);
    if (problem === undefined) continue;
    throw invalid(`models.${name}`, `${problem} (inherited from run ${run.runId}; name another model)`);
  }
}

/** The plan of a rerun or a fork with the roles of the input: as after a redirect to its role. */
function otherPlan(input: StartInput, { run, resolved, copies }: Source): EventBody[] {
  const inherited = plannedIn(copies);
  const forked = resolved.attempt === undefined ? undefined : stageOf(run, resolved.stage);
  const role = forked?.role ?? inherited[0];
  // A new pass of the pipeline: its roles are checked already.
  if (resolved.isFollowUp || role === undefined) return [];
  const roles = input.pipeline?.roles;
  const [first = role, ...rest] = roles === undefined ? [role, ...inherited] : planAfterRedirect(role, roles);
  for (const planned of [first, ...rest]) {
    if (findRole(planned) === undefined) throw invalid('from.stage', unknownRole(planned));
  }
  if (roles === undefined) return [];
  return [{ type: 'run.planned', roles: forked === undefined ? [first, ...rest] : rest, cause: 'start' }];
}

/** The roles whose stage has not started when the copies end. */
function plannedIn(copies: readonly EventBody[]): readonly string[] {
  return copies.reduce<readonly string[]>((plan, event) => {
    if (event.type === 'run.planned') return event.roles;
    return event.type === 'stage.started' && event.attempt === 1 ? plan.slice(1) : plan;
  }, []);
}

function stageOf(run: RunState, stage: number): StageState | undefined {
  return run.stages.find((it) => it.stage === stage);
}

function invalid(field: string, message: string): StagewireError {
  return wireErrors.INVALID_INPUT.fields([{ field, message }]);
}
