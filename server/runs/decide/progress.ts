import {
  fold,
  formatCursor,
  type CommandState,
  type DurableEvent,
  type EventOf,
  type LinkAccess,
  type LinkCommand,
} from '@stagewire/shared';
import type { AttemptState, FileState, InputFile, RunState, StageState, Verdict } from '@stagewire/shared';

/** The shared fold of a run plus what only decisions need. Derived from events only. */
export interface RunProgress {
  readonly run: RunState;
  /** Equal digests of `runs.start` bodies mean the same request. */
  readonly digest: string;
  readonly inputs: readonly InputFile[];
  /** Refiner stages since the start or the last redirect. */
  readonly refinements: number;
  /** The last review; `null` if there is none, or if the code has changed since. */
  readonly lastReview: ReviewResult | null;
  /** The files given to the reviewer's latest stage. */
  readonly filesUnderReview: readonly FileState[];
  /** Has a role written or removed a file? */
  readonly hasChangedFiles: boolean;
  /** The context window of the latest attempt's model in tokens, if known. */
  readonly contextTokens: number | undefined;
  /** Recoveries that interrupted an attempt, since the last model output. */
  readonly recoveries: number;
  /** The cause of the next stage while the run is queued. */
  readonly firstCause: 'plan' | 'review' | 'redirect';
  /** Accepted commands about links, by their id: they are not in the state of the run. */
  readonly linkCommands: ReadonlyMap<string, AcceptedLinkCommand>;
}

/** What a repeated command about a link is compared with, and the cursor of its receipt. */
export interface AcceptedLinkCommand {
  readonly kind: LinkCommand['kind'];
  readonly shareId: string;
  readonly may: LinkAccess;
  readonly until: string | undefined;
  readonly cursor: string;
}

/** The result of a review, and the files that it covered. */
export interface ReviewResult {
  readonly verdict: Verdict;
  /** The files given to the reviewer, by path. */
  readonly files: ReadonlyMap<string, FileState>;
}

/** Folds one more event. Pure. */
export function evolve(progress: RunProgress | undefined, event: DurableEvent): RunProgress {
  const run = fold(progress?.run, event);
  if (progress === undefined) {
    const digest = event.type === 'run.queued' ? event.digest : '';
    return {
      run,
      digest,
      inputs: [],
      refinements: 0,
      lastReview: null,
      filesUnderReview: [],
      hasChangedFiles: false,
      contextTokens: undefined,
      recoveries: 0,
      firstCause: 'plan',
      linkCommands: new Map(),
    };
  }
  return { ...progress, run, ...change(progress, event) };
}

function change(progress: RunProgress, event: DurableEvent): Partial<RunProgress> {
  switch (event.type) {
    case 'input.recorded': {
      const { path, text } = event;
      const inputs = [...progress.inputs.filter((input) => input.path !== path), { path, text }];
      // A new context file can replace a file that an inherited review covered.
      return progress.lastReview?.files.has(path) === true ? { inputs, lastReview: null } : { inputs };
    }
    case 'run.planned':
      return planned(progress, event);
    case 'run.recovered':
      return event.cutOff === null ? {} : { recoveries: progress.recoveries + 1 };
    case 'stage.started': {
      const { contextTokens } = event;
      if (progress.run.stages.some((stage) => stage.stage === event.stage)) return { contextTokens };
      const judgedAnew = event.role === 'coder' || event.role === 'refiner';
      return {
        contextTokens,
        firstCause: 'plan',
        ...(judgedAnew ? { lastReview: null } : {}),
        ...(event.format === 'json' ? { filesUnderReview: progress.run.files } : {}),
        ...(event.role === 'refiner' && event.cause === 'review'
          ? { refinements: progress.refinements + 1 }
          : {}),
      };
    }
    case 'review.recorded':
      return {
        lastReview: {
          verdict: event.verdict,
          files: new Map(progress.filesUnderReview.map((file) => [file.path, file])),
        },
      };
    case 'run.shared':
    case 'run.unshared':
      return { linkCommands: withLinkCommand(progress, event) };
    case 'artifact.recorded':
    case 'artifact.removed':
      return progress.hasChangedFiles ? {} : { hasChangedFiles: true };
    case 'stage.delta':
    case 'stage.reasoning':
    case 'stage.completed':
    case 'stage.failed':
      return progress.recoveries === 0 ? {} : { recoveries: 0 };
    default:
      return {};
  }
}

function withLinkCommand(
  { run, linkCommands }: RunProgress,
  { type, seq, at, commandId, shareId, may, until }: EventOf<'run.shared' | 'run.unshared'>,
): RunProgress['linkCommands'] {
  const kind = type === 'run.shared' ? 'share' : 'unshare';
  const cursor = formatCursor(run.runId, { epoch: run.epoch, seq, at });
  return new Map(linkCommands).set(commandId, { kind, shareId, may, until, cursor });
}

function planned(
  { run }: RunProgress,
  { cause, roles, inheritedFrom }: EventOf<'run.planned'>,
): Partial<RunProgress> {
  switch (cause) {
    case 'start':
      // A follow-up begins a new pass of the pipeline: the reviews before it were of another task.
      return run.plan.length === 0 && roles.length > 0 ? { refinements: 0, lastReview: null } : {};
    case 'review':
      return { firstCause: 'review' };
    case 'redirect':
      return { refinements: 0, firstCause: inheritedFrom === undefined ? 'redirect' : 'plan' };
    case 'cancel':
      return { firstCause: 'plan' };
    default:
      return cause satisfies never;
  }
}

/** The attempts that this run has executed. Limits count only these. */
export function ownAttempts({ attempts }: StageState): readonly AttemptState[] {
  return attempts.filter(({ inheritedFrom }) => inheritedFrom === undefined);
}

/** Attempts that count towards `maxAttemptsPerStage`: recoveries and continuations do not. */
function countedAttempts(stage: StageState): number {
  return ownAttempts(stage).filter(({ cause }) => cause !== 'resume' && cause !== 'continue').length;
}

/** Is the stage's present attempt the last one it may have? */
export function isLastAttempt(run: RunState, stage: StageState): boolean {
  return countedAttempts(stage) >= run.limits.maxAttemptsPerStage;
}

/**
 * The commands whose text is in the prompt of an attempt of `stage`, in the order of acceptance: applied ones
 * of scope `run`, those of scope `stage` applied to this stage, and those about to be applied.
 */
export function commandsInPrompt(
  run: RunState,
  stage: number,
  appliedCommands: readonly CommandState[],
): readonly CommandState[] {
  return run.commands.filter((state) => {
    const { command } = state;
    if (command.kind === 'cancel' || command.text === undefined) return false;
    if (appliedCommands.some(({ commandId }) => commandId === state.commandId)) return true;
    if (state.status !== 'applied') return false;
    return command.kind === 'redirect' || command.scope === 'run' || state.appliedTo?.stage === stage;
  });
}
