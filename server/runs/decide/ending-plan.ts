import {
  addUsage,
  type AttemptCause,
  type CommandState,
  type DropReason,
  type EventBody,
  type Failure,
  type ReviewIssue,
  type RunVerdict,
  type Usage,
} from '@stagewire/shared';
import type { RunState, Verdict } from '@stagewire/shared';
import { initialPlan, planAfterRedirect } from '../../pipeline/plan.ts';
import { findRole } from '../../pipeline/roles.ts';
import type { DecisionContext } from './decision-context.ts';
import { attemptRef, type AttemptPhase, type OpenPhase } from './phase.ts';
import { commandsInPrompt, type RunProgress } from './progress.ts';
import type { Resolution } from './resolve-commands.ts';

/**
 * What follows from the end of an attempt. `toEvents` converts it to the single append that the protocol prescribes.
 */
export interface EndingPlan {
  readonly artifacts?: readonly EventBody[];
  readonly review?: EventBody | undefined;
  readonly ending?: EventBody | undefined;
  readonly applied?: EventBody | undefined;
  readonly dropped?: readonly EventBody[];
  readonly planned?: EventBody | undefined;
  /** `stage.started` with the `command.applied` of its steers, the terminal event, or nothing. */
  readonly next: readonly EventBody[];
}

export function toEvents(plan: EndingPlan): readonly EventBody[] {
  const { artifacts = [], review, ending, applied, dropped = [], planned, next } = plan;
  return [
    ...artifacts,
    ...(review === undefined ? [] : [review]),
    ...(ending === undefined ? [] : [ending]),
    ...(applied === undefined ? [] : [applied]),
    ...dropped,
    ...(planned === undefined ? [] : [planned]),
    ...next,
  ];
}

/** The progress of an attempt that its model did not finish. */
export interface AttemptEnd {
  readonly usage: Usage;
  /** A crash or a failing log ended the attempt before a command could. */
  readonly isInterrupted: boolean;
}

/** The event that ends the attempt for commands; `undefined` in a backoff, where no attempt is open. */
export function endAttempt(
  phase: OpenPhase,
  end: AttemptEnd | undefined,
  resolution: Exclude<Resolution, { by: 'nothing' }>,
): EventBody | undefined {
  if (phase.is !== 'attempt' || end === undefined) return undefined;
  const { usage, isInterrupted } = end;
  if (isInterrupted) return stageInterrupted(phase, usage);
  const common = { ...attemptRef(phase), chars: phase.attempt.text.length, usage };
  switch (resolution.by) {
    case 'cancel-run':
    case 'cancel-stage':
      return { type: 'stage.cancelled', ...common, commandId: resolution.winner.commandId };
    case 'redirect': {
      const commandIds = [resolution.winner.commandId];
      return { type: 'stage.interrupted', ...common, cause: 'redirect', commandIds };
    }
    case 'steer': {
      const commandIds = resolution.steers.map(({ commandId }) => commandId);
      return { type: 'stage.interrupted', ...common, cause: 'steer', commandIds };
    }
    default:
      return resolution satisfies never;
  }
}

/** The end of an attempt that a crash or a failing log interrupted. */
export function stageInterrupted(phase: AttemptPhase, usage: Usage): EventBody {
  const chars = phase.attempt.text.length;
  const cause = 'crash' as const;
  return { type: 'stage.interrupted', ...attemptRef(phase), cause, commandIds: [], chars, usage };
}

/** Ends the attempt with `failure`; with `retryInMs` another attempt follows, with 0 in the same append. */
export function stageFailed(
  phase: AttemptPhase,
  failure: Failure,
  { usage, retryInMs }: { readonly usage: Usage; readonly retryInMs?: number },
): EventBody {
  const retry = retryInMs === undefined ? {} : { retryInMs };
  const chars = phase.attempt.text.length;
  return { type: 'stage.failed', ...attemptRef(phase), failure, chars, usage, ...retry };
}

export function stageCompleted(
  phase: AttemptPhase,
  end: Pick<
    Extract<EventBody, { type: 'stage.completed' }>,
    'finishReason' | 'usage' | 'ttftMs' | 'durationMs'
  >,
): EventBody {
  const { finishReason, usage, ttftMs, durationMs } = end;
  const chars = phase.attempt.text.length;
  return { type: 'stage.completed', ...attemptRef(phase), chars, finishReason, usage, ttftMs, durationMs };
}

/** The outcome of a command that was applied; `phase` is null while the run is queued. */
export function commandApplied({ commandId }: CommandState, phase: OpenPhase | null): EventBody {
  const stage = phase?.stage.stage ?? null;
  return { type: 'command.applied', commandId, stage, attempt: phase?.attempt.attempt ?? null };
}

export function dropCommands(commands: readonly CommandState[], reason: DropReason): EventBody[] {
  return commands.map(({ commandId, command }) => {
    const text = command.kind === 'cancel' ? undefined : command.text;
    return { type: 'command.dropped', commandId, reason, ...(text === undefined ? {} : { text }) };
  });
}

/** The reviewer's `review.recorded`; `undefined` for any other role. */
export function reviewRecorded(
  phase: OpenPhase,
  review: {
    readonly verdict: Verdict;
    readonly issues: readonly ReviewIssue[];
    readonly problems?: readonly string[];
  },
): EventBody | undefined {
  if (phase.stage.format !== 'json') return undefined;
  const { verdict, issues, problems = [] } = review;
  const more = problems.length === 0 ? {} : { problems: [...problems] };
  return { type: 'review.recorded', ...attemptRef(phase), verdict, issues: [...issues], ...more };
}

/** The issues that the reviewer has reported in this attempt so far. */
export function notesOf(run: RunState, phase: OpenPhase): readonly ReviewIssue[] {
  const review = run.review;
  const same = review?.stage === phase.stage.stage && review.attempt === phase.attempt.attempt;
  return review !== null && same ? review.issues : [];
}

/**
 * The initial plan: that of a redirect while the run was queued, else the inherited one, else that of its pipeline.
 * Nothing may be planned after the stage of a fork.
 */
export function planAtStart({ plan, pipeline, from }: RunState): readonly string[] {
  return plan.length > 0 || from?.attempt !== undefined ? plan : initialPlan(pipeline.roles);
}

/** The plan after a redirect to `role`. */
export function redirectPlanned({ pipeline }: RunState, role: string): EventBody {
  return { type: 'run.planned', roles: planAfterRedirect(role, pipeline.roles), cause: 'redirect' };
}

/** A new stage of `role`. */
export function startStage(
  run: RunState,
  role: string,
  options: { readonly cause: AttemptCause; readonly appliedCommands: readonly CommandState[] },
): EventBody[] {
  return startAttempt(run, { stage: run.stages.length + 1, role, attempt: 1, keptChars: 0, ...options });
}

/** The first attempt of a run: of the first role of its plan, or in the inherited stage of a fork. */
export function startFirstAttempt(
  { run, firstCause }: RunProgress,
  appliedCommands: readonly CommandState[],
): EventBody[] {
  const stage = run.stages.at(-1);
  const attempt = stage?.attempts.at(-1);
  const isFork = run.from?.attempt !== undefined && firstCause !== 'redirect';
  if (isFork && stage !== undefined && attempt !== undefined) {
    const keptChars = attempt.text.length;
    const forked = { is: 'attempt', stage, attempt } as const;
    return startNextAttempt(run, forked, { cause: 'fork', keptChars, appliedCommands });
  }
  const [first] = planAtStart(run);
  if (first === undefined) throw new RangeError(`run ${run.runId} has no role to begin with`);
  return startStage(run, first, { cause: firstCause, appliedCommands });
}

/** The same stage's next attempt. */
export function startNextAttempt(
  run: RunState,
  phase: OpenPhase,
  options: {
    readonly cause: AttemptCause;
    /** @default none */
    readonly appliedCommands?: readonly CommandState[];
    /** Length of the attempt's text that the next one continues. */
    readonly keptChars: number;
  },
): EventBody[] {
  const { stage, role, attempt } = attemptRef(phase);
  return startAttempt(run, { stage, role, attempt: attempt + 1, appliedCommands: [], ...options });
}

/** Ends the attempt with `failure`, and starts its repair in the same append. */
export function repairAttempt(
  run: RunState,
  phase: AttemptPhase,
  { failure, usage }: { readonly failure: Failure; readonly usage: Usage },
): EndingPlan {
  return {
    ending: stageFailed(phase, failure, { usage, retryInMs: 0 }),
    next: startNextAttempt(run, phase, { cause: 'repair', keptChars: 0 }),
  };
}

/**
 * Advances to the first role of `plan`; if none is left the run is complete, and steers for the next stage are dropped.
 */
export function advance(
  { run, nowMs }: DecisionContext,
  options: {
    readonly plan: readonly string[];
    readonly cause: AttemptCause;
    readonly appliedCommands: readonly CommandState[];
    readonly verdict: RunVerdict;
    readonly lastUsage: Usage | undefined;
  },
): { dropped: EventBody[]; next: EventBody[] } {
  const { verdict, lastUsage, appliedCommands } = options;
  const [role] = options.plan;
  if (role !== undefined) return { dropped: [], next: startStage(run, role, options) };
  const completed: EventBody = {
    type: 'run.completed',
    verdict,
    usage: lastUsage === undefined ? run.usage : addUsage(run.usage, lastUsage),
    durationMs: Math.max(0, nowMs - Date.parse(run.startedAt ?? run.queuedAt)),
  };
  return { dropped: dropCommands(appliedCommands, 'run_completed'), next: [completed] };
}

function startAttempt(
  run: RunState,
  options: {
    readonly stage: number;
    readonly role: string;
    readonly attempt: number;
    readonly cause: AttemptCause;
    readonly keptChars: number;
    /** Steers that enter the prompt with this attempt. */
    readonly appliedCommands: readonly CommandState[];
  },
): EventBody[] {
  const { stage, role, attempt, cause, keptChars, appliedCommands } = options;
  return [
    {
      type: 'stage.started',
      stage,
      role,
      attempt,
      model: run.models[role] ?? run.models['default'] ?? 'rehearsal',
      format: findRole(role)?.format ?? 'markdown',
      cause,
      commandIds: commandsInPrompt(run, stage, appliedCommands).map(({ commandId }) => commandId),
      keptChars,
    },
    ...appliedCommands.map(({ commandId }): EventBody => ({
      type: 'command.applied',
      commandId,
      stage,
      attempt,
    })),
  ];
}
