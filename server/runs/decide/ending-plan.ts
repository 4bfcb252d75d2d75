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
import { findRole } from '../../pipeline/roles.ts';
import { commandsInPrompt, type Phase, type RunProgress } from './progress.ts';

export type OpenPhase = Extract<Phase, { is: 'attempt' | 'backoff' }>;
export type AttemptPhase = Extract<Phase, { is: 'attempt' }>;

/** What the end of an attempt causes. `inOrder` makes the one append of it that the protocol prescribes. */
export interface Consequences {
  readonly artifacts?: readonly EventBody[];
  readonly review?: EventBody | undefined;
  readonly ending?: EventBody | undefined;
  readonly applied?: EventBody | undefined;
  readonly dropped?: readonly EventBody[];
  readonly planned?: EventBody | undefined;
  /** `stage.started` with the `command.applied` of its steers, or the terminal event, or nothing. */
  readonly next: readonly EventBody[];
}

export function inOrder(consequences: Consequences): readonly EventBody[] {
  const { artifacts = [], review, ending, applied, dropped = [], planned, next } = consequences;
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

/** Which attempt an event is about. */
export function about(phase: OpenPhase): { stage: number; role: string; attempt: number } {
  return { stage: phase.stage.stage, role: phase.stage.role, attempt: phase.attempt.attempt };
}

/** The attempt's end by `failure`; with `retryInMs` another attempt follows, with 0 in the same append. */
export function stageFailed(
  phase: OpenPhase,
  failure: Failure,
  { usage, retryInMs }: { readonly usage: Usage; readonly retryInMs?: number },
): EventBody {
  const again = retryInMs === undefined ? {} : { retryInMs };
  const chars = phase.attempt.text.length;
  return { type: 'stage.failed', ...about(phase), failure, chars, usage, ...again };
}

export function stageCompleted(
  phase: OpenPhase,
  end: Pick<
    Extract<EventBody, { type: 'stage.completed' }>,
    'finishReason' | 'usage' | 'ttftMs' | 'durationMs'
  >,
): EventBody {
  const { finishReason, usage, ttftMs, durationMs } = end;
  const chars = phase.attempt.text.length;
  return { type: 'stage.completed', ...about(phase), chars, finishReason, usage, ttftMs, durationMs };
}

export function applied(command: CommandState, to: OpenPhase | null): EventBody {
  return {
    type: 'command.applied',
    commandId: command.commandId,
    stage: to?.stage.stage ?? null,
    attempt: to?.attempt.attempt ?? null,
  };
}

export function dropAll(commands: readonly CommandState[], reason: DropReason): EventBody[] {
  return commands.map(({ commandId, command }) => {
    const text = command.kind === 'cancel' ? undefined : command.text;
    return { type: 'command.dropped', commandId, reason, ...(text === undefined ? {} : { text }) };
  });
}

/** The reviewer's `review.recorded`; `undefined` for any other role, which has no verdict to give. */
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
  return { type: 'review.recorded', ...about(phase), verdict, issues: [...issues], ...more };
}

/** What the reviewer has noted in this attempt so far. */
export function notesOf(run: RunState, phase: OpenPhase): readonly ReviewIssue[] {
  const review = run.review;
  const same = review?.stage === phase.stage.stage && review.attempt === phase.attempt.attempt;
  return review !== null && same ? review.issues : [];
}

/** A new stage of `role`, and the steers that enter its prompt. */
export function startStage(
  run: RunState,
  role: string,
  options: { readonly cause: AttemptCause; readonly entering: readonly CommandState[] },
): EventBody[] {
  const stage = run.stages.length + 1;
  return started(run, { stage, role, attempt: 1, keptChars: 0, ...options });
}

/** The same stage's next attempt, and the steers that enter its prompt. */
export function startNextAttempt(
  run: RunState,
  phase: OpenPhase,
  options: {
    readonly cause: AttemptCause;
    readonly entering: readonly CommandState[];
    readonly keptChars: number;
  },
): EventBody[] {
  const { stage, role, attempt } = about(phase);
  return started(run, { stage, role, attempt: attempt + 1, ...options });
}

/** The attempt's end by `failure`, and in the same append the one that is to mend it. */
export function repaired(
  run: RunState,
  phase: OpenPhase,
  { failure, usage }: { readonly failure: Failure; readonly usage: Usage },
): Consequences {
  return {
    ending: stageFailed(phase, failure, { usage, retryInMs: 0 }),
    next: startNextAttempt(run, phase, { cause: 'repair', entering: [], keptChars: 0 }),
  };
}

/**
 * Goes on to the first role of `plan`; with none left the run is complete, and the steers that waited for a
 * next stage are handed back.
 */
export function goOn(
  progress: RunProgress,
  options: {
    readonly plan: readonly string[];
    readonly cause: AttemptCause;
    readonly entering: readonly CommandState[];
    readonly verdict: RunVerdict;
    readonly lastUsage: Usage | undefined;
    readonly nowMs: number;
  },
): { dropped: EventBody[]; next: EventBody[] } {
  const { run } = progress;
  const [role] = options.plan;
  if (role !== undefined) {
    return { dropped: [], next: startStage(run, role, options) };
  }
  const completed: EventBody = {
    type: 'run.completed',
    verdict: options.verdict,
    usage: options.lastUsage === undefined ? run.usage : addUsage(run.usage, options.lastUsage),
    durationMs: Math.max(0, options.nowMs - Date.parse(run.startedAt ?? run.queuedAt)),
  };
  return { dropped: dropAll(options.entering, 'run_completed'), next: [completed] };
}

function started(
  run: RunState,
  options: {
    readonly stage: number;
    readonly role: string;
    readonly attempt: number;
    readonly cause: AttemptCause;
    readonly keptChars: number;
    readonly entering: readonly CommandState[];
  },
): EventBody[] {
  const { stage, role, attempt, cause, keptChars, entering } = options;
  return [
    {
      type: 'stage.started',
      stage,
      role,
      attempt,
      model: run.models[role] ?? run.models['default'] ?? 'rehearsal',
      format: findRole(role)?.format ?? 'markdown',
      cause,
      commandIds: commandsInPrompt(run, stage, entering).map((command) => command.commandId),
      keptChars,
    },
    ...entering.map((command): EventBody => ({
      type: 'command.applied',
      commandId: command.commandId,
      stage,
      attempt,
    })),
  ];
}
