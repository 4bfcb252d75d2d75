import { formatCursor } from './cursor.ts';
import type { EventOf, RunEvent } from './events.ts';
import type { RunShare } from './links.ts';
import type { Usage } from './primitives.ts';
import type { AttemptState, FileChanges, FileState, ReviewState, RunState, StageState } from './state.ts';
import { totalCost } from './total-cost.ts';
import { languageOf } from './text/language-of.ts';

// State changes used by `fold`. Pure: a state is never mutated, and unchanged parts are shared.

/** Sum of the usage of two attempts; it has the less certain source. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Usage = {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    source: certainty[one.source] < certainty[other.source] ? one.source : other.source,
  };
  const cached = (one.cachedInputTokens ?? 0) + (other.cachedInputTokens ?? 0);
  const written = (one.cacheWriteInputTokens ?? 0) + (other.cacheWriteInputTokens ?? 0);
  return {
    ...sum,
    ...(cached === 0 ? {} : { cachedInputTokens: cached }),
    ...(written === 0 ? {} : { cacheWriteInputTokens: written }),
  };
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' };

const certainty = { estimated: 0, partial: 1, final: 2 } as const;

/** The state after `run.queued`. @throws RangeError if it is another event. */
export function initialState(event: RunEvent): RunState {
  if (event.type !== 'run.queued') {
    throw new RangeError(`the first event of a run is run.queued, not ${event.type} (seq ${event.seq})`);
  }
  const { runId, seq, at, task, owner, actor, labels, pipeline, instructions, models, limits } = event;
  const settings = event.settings ?? {};
  return {
    runId,
    status: 'queued',
    task,
    owner,
    actor,
    labels,
    ...(event.from === undefined ? {} : { from: event.from }),
    pipeline,
    instructions,
    models,
    settings,
    limits,
    plan: [],
    stages: [],
    commands: [],
    shares: [],
    review: null,
    reviews: [],
    files: [],
    fileHistory: [],
    usage: noUsage,
    queuedAt: at,
    updatedAt: at,
    epoch: 1,
    seq,
    cursor: formatCursor(runId, { epoch: 1, seq, at }),
  };
}

export function attemptStarted(state: RunState, event: EventOf<'stage.started'>): Partial<RunState> {
  const { attempt, cause, model, commandIds, keptChars, at } = event;
  const known = state.stages.find((stage) => stage.stage === event.stage);
  const kept = known?.attempts.at(-1)?.text.slice(0, keptChars) ?? '';
  const opened: AttemptState = {
    attempt,
    status: 'running',
    cause,
    model,
    text: kept,
    reasoning: '',
    keptChars,
    commandIds,
    startedAt: at,
    usage: null,
    skipped: [],
    ...(event.inheritedFrom === undefined ? {} : { inheritedFrom: event.inheritedFrom }),
  };
  if (known === undefined) {
    const stage: StageState = {
      stage: event.stage,
      role: event.role,
      format: event.format,
      status: 'running',
      attempts: [opened],
    };
    return { stages: [...state.stages, stage], plan: state.plan.slice(1) };
  }
  return {
    stages: state.stages.map((stage) =>
      stage === known ? { ...stage, status: 'running', attempts: [...stage.attempts, opened] } : stage,
    ),
  };
}

export function attemptEnded(
  state: RunState,
  event: EventOf<'stage.completed' | 'stage.interrupted' | 'stage.cancelled' | 'stage.failed'>,
  status: 'completed' | 'interrupted' | 'cancelled' | 'failed',
  more: Partial<AttemptState>,
): Partial<RunState> {
  const waits = event.type === 'stage.failed' && event.retryInMs !== undefined;
  const finish = event.type === 'stage.completed' ? { finishReason: event.finishReason } : {};
  const attempts = withAttempt(state, event, () => ({
    ...more,
    status,
    usage: event.usage,
    ...costField(event.cost),
    endedAt: event.at,
  }));
  const stages = attempts.map((stage) =>
    stage.stage === event.stage
      ? {
          ...stage,
          status: waits ? ('backoff' as const) : status,
          ...finish,
          ...costField(totalCost(stage.attempts)),
        }
      : stage,
  );
  return {
    stages,
    // The run that executed an inherited attempt has counted it.
    ...(event.inheritedFrom === undefined ? { usage: addUsage(state.usage, event.usage) } : {}),
    ...costField(totalCost(stages.flatMap((stage) => stage.attempts))),
  };
}

function costField<C>(cost: C | undefined): { readonly cost?: C } {
  return cost === undefined ? {} : { cost };
}

export function withAttempt(
  state: RunState,
  at: { readonly stage: number; readonly attempt: number },
  update: (attempt: AttemptState) => Partial<AttemptState>,
): StageState[] {
  return state.stages.map((stage) => {
    if (stage.stage !== at.stage) return stage;
    return {
      ...stage,
      attempts: stage.attempts.map((attempt) =>
        attempt.attempt === at.attempt ? { ...attempt, ...update(attempt) } : attempt,
      ),
    };
  });
}

/** Overwrites from the offset, so a repeated or overlapping delta changes nothing. */
export function overwrite(text: string, offset: number, addition: string): string {
  return offset === text.length ? text + addition : text.slice(0, offset) + addition;
}

/** A context file. */
export function inputRecorded(state: RunState, event: EventOf<'input.recorded'>): Partial<RunState> {
  const { path, text } = event;
  const language = languageOf(path);
  return withFile(state, { path, language, from: 'input', parts: [{ offset: 0, chars: text.length }] });
}

/** A file that a role wrote. */
export function artifactRecorded(state: RunState, event: EventOf<'artifact.recorded'>): Partial<RunState> {
  const { path, language, stage, attempt, parts, elided } = event;
  const more = elided === undefined ? {} : { elided };
  return withFile(state, { path, language, from: 'stage', stage, attempt, parts, ...more });
}

export function artifactRemoved(state: RunState, { path }: EventOf<'artifact.removed'>): Partial<RunState> {
  return {
    files: state.files.filter((file) => file.path !== path),
    ...withChange(state, { path, file: null }),
  };
}

/** Replaces the file of the same path and moves it to the end. */
function withFile(state: RunState, file: FileState): Partial<RunState> {
  const { path } = file;
  const others = state.files.filter((other) => other.path !== path);
  return { files: [...others, file], ...withChange(state, { path, file }) };
}

/**
 * Adds to the changes of the attempt that is open; before the first one these are the context files. A repair may record
 * a file that an earlier attempt wrote. The state of a server without a history stays without: a part of one would look
 * like the whole. By attempt, since each event copies the list to which it adds.
 */
function withChange(
  { fileHistory, stages }: RunState,
  change: FileChanges['files'][number],
): Partial<RunState> {
  if (fileHistory === undefined) return {};
  const stage = stages.at(-1)?.stage;
  const attempt = stages.at(-1)?.attempts.at(-1)?.attempt;
  const last = fileHistory.at(-1);
  if (last !== undefined && last.stage === stage && last.attempt === attempt) {
    const grown = { ...last, files: [...last.files, change] };
    return { fileHistory: [...fileHistory.slice(0, -1), grown] };
  }
  const at = stage === undefined || attempt === undefined ? {} : { stage, attempt };
  return { fileHistory: [...fileHistory, { ...at, files: [change] }] };
}

/** Sets the review of an attempt: its notes and its final list are one entry. */
export function withReview(state: RunState, review: ReviewState): Partial<RunState> {
  const others = state.reviews.filter(
    (other) => other.stage !== review.stage || other.attempt !== review.attempt,
  );
  return { review, reviews: [...others, review] };
}

export function reviewNoted(state: RunState, event: EventOf<'review.noted'>): ReviewState {
  const { stage, attempt, issue } = event;
  const review = state.review;
  const same = review !== null && review.stage === stage && review.attempt === attempt;
  return { stage, attempt, verdict: null, issues: same ? [...review.issues, issue] : [issue] };
}

/** The links to a run after one of them was created or removed. */
export function sharesAfter(
  shares: readonly RunShare[],
  { type, shareId, may, until, actor, at }: EventOf<'run.shared' | 'run.unshared'>,
): RunShare[] {
  const others = shares.filter((share) => share.shareId !== shareId);
  if (type === 'run.unshared') return others;
  return [...others, { shareId, may, ...(until !== undefined && { until }), actor, at }];
}

export function commandSettled(
  state: RunState,
  commandId: string,
  outcome: Partial<RunState['commands'][number]>,
): Partial<RunState> {
  return {
    commands: state.commands.map((command) =>
      command.commandId === commandId ? { ...command, ...outcome } : command,
    ),
  };
}
