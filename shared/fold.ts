import { formatCursor } from './cursor.ts';
import { isTransient } from './event-kinds.ts';
import type { DurableEvent, EventOf, RunEvent } from './events.ts';
import type { AttemptState, FileState, ReviewState, RunState, StageState } from './state.ts';
import type { Usage } from './primitives.ts';
import { languageOf } from './text/language-of.ts';

/**
 * A run's state after one more event; the state before the first event is `undefined`, and the first event is
 * `run.queued`. Pure. What lies at or before the state's own seq changes nothing, so overlaps are harmless; an
 * unknown type only moves the seq.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export function fold(state: RunState | undefined, event: RunEvent): RunState {
  if (state === undefined) return initialState(event);
  if (isTransient(event) || event.seq <= state.seq) return state;
  const epoch = event.type === 'run.recovered' ? state.epoch + 1 : state.epoch;
  return {
    ...state,
    ...change(state, event),
    epoch,
    seq: event.seq,
    cursor: formatCursor(state.runId, { epoch, seq: event.seq }),
    updatedAt: event.at,
  };
}

/** Usage of two attempts together; the less certain source wins. */
export function addUsage(one: Usage, other: Usage): Usage {
  const sum: Usage = {
    inputTokens: one.inputTokens + other.inputTokens,
    outputTokens: one.outputTokens + other.outputTokens,
    reasoningTokens: one.reasoningTokens + other.reasoningTokens,
    source: certainty[one.source] < certainty[other.source] ? one.source : other.source,
  };
  const cached = (one.cachedInputTokens ?? 0) + (other.cachedInputTokens ?? 0);
  return cached === 0 ? sum : { ...sum, cachedInputTokens: cached };
}

export const noUsage: Usage = { inputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'final' };

const certainty = { estimated: 0, partial: 1, final: 2 } as const;

function initialState(event: RunEvent): RunState {
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
    pipeline,
    instructions,
    models,
    settings,
    limits,
    plan: [],
    stages: [],
    commands: [],
    review: null,
    reviews: [],
    files: [],
    usage: noUsage,
    queuedAt: at,
    updatedAt: at,
    epoch: 1,
    seq,
    cursor: formatCursor(runId, { epoch: 1, seq }),
  };
}

function change(state: RunState, event: DurableEvent): Partial<RunState> {
  switch (event.type) {
    case 'run.queued':
    case 'run.recovered':
      return {};
    case 'input.recorded': {
      const { path, text } = event;
      const parts = [{ offset: 0, chars: text.length }];
      return { files: withFile(state, { path, language: languageOf(path), from: 'input', parts }) };
    }
    case 'run.started':
      return { status: 'running', startedAt: event.at };
    case 'run.planned':
      return { plan: event.roles };
    case 'stage.started':
      return started(state, event);
    case 'stage.delta':
      return {
        stages: withAttempt(state, event, (attempt) => ({
          text: overwrite(attempt.text, event.offset, event.text),
        })),
      };
    case 'stage.reasoning':
      return {
        stages: withAttempt(state, event, (attempt) => ({
          reasoning: overwrite(attempt.reasoning, event.offset, event.text),
        })),
      };
    case 'stage.completed':
      return ended(state, event, 'completed', { ttftMs: event.ttftMs, durationMs: event.durationMs });
    case 'stage.interrupted':
      return ended(state, event, 'interrupted', {});
    case 'stage.cancelled':
      return ended(state, event, 'cancelled', {});
    case 'stage.failed':
      return ended(state, event, 'failed', {
        failure: event.failure,
        ...(event.retryInMs === undefined ? {} : { retryInMs: event.retryInMs }),
      });
    case 'review.noted':
      return withReview(state, noted(state, event));
    case 'review.recorded': {
      const { stage, attempt, verdict, issues, problems } = event;
      return withReview(state, {
        stage,
        attempt,
        verdict,
        issues,
        ...(problems === undefined ? {} : { problems }),
      });
    }
    case 'artifact.recorded': {
      const { path, language, stage, attempt, parts, elided } = event;
      const more = elided === undefined ? {} : { elided };
      return { files: withFile(state, { path, language, from: 'stage', stage, attempt, parts, ...more }) };
    }
    case 'artifact.removed':
      return { files: state.files.filter((file) => file.path !== event.path) };
    case 'artifact.skipped': {
      const { reason, path, offset, chars } = event;
      const block = { reason, ...(path === undefined ? {} : { path }), offset, chars };
      return {
        stages: withAttempt(state, event, (attempt) => ({ skipped: [...attempt.skipped, block] })),
      };
    }
    case 'command.accepted': {
      const { commandId, command, actor, at, target } = event;
      const cursor = formatCursor(state.runId, { epoch: state.epoch, seq: event.seq });
      const accepted = {
        commandId,
        kind: command.kind,
        actor,
        status: 'accepted',
        at,
        command,
        target,
        cursor,
      };
      return { commands: [...state.commands, accepted as RunState['commands'][number]] };
    }
    case 'command.applied':
      return settled(state, event.commandId, {
        status: 'applied',
        appliedTo: { stage: event.stage, attempt: event.attempt },
      });
    case 'command.dropped':
      return settled(state, event.commandId, { status: 'dropped', reason: event.reason });
    case 'run.completed':
      return { status: 'completed', verdict: event.verdict, endedAt: event.at };
    case 'run.failed':
      return { status: 'failed', failure: event.failure, endedAt: event.at };
    case 'run.cancelled':
      return { status: 'cancelled', endedAt: event.at };
    default:
      // An event type of a later version: skipped, but its seq has passed.
      event satisfies never;
      return {};
  }
}

function started(state: RunState, event: EventOf<'stage.started'>): Partial<RunState> {
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

function ended(
  state: RunState,
  event: EventOf<'stage.completed' | 'stage.interrupted' | 'stage.cancelled' | 'stage.failed'>,
  status: 'completed' | 'interrupted' | 'cancelled' | 'failed',
  more: Partial<AttemptState>,
): Partial<RunState> {
  const waits = event.type === 'stage.failed' && event.retryInMs !== undefined;
  const finish = event.type === 'stage.completed' ? { finishReason: event.finishReason } : {};
  const stages = withAttempt(state, event, () => ({
    ...more,
    status,
    usage: event.usage,
    endedAt: event.at,
  }));
  return {
    stages: stages.map((stage) =>
      stage.stage === event.stage ? { ...stage, status: waits ? 'waiting' : status, ...finish } : stage,
    ),
    usage: addUsage(state.usage, event.usage),
  };
}

function withAttempt(
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

/** The offset, not the number of deltas, decides: so a repeated or overlapping delta changes nothing. */
function overwrite(text: string, offset: number, addition: string): string {
  return offset === text.length ? text + addition : text.slice(0, offset) + addition;
}

/** The file of this path is now this one; what changed last stands last. */
function withFile(state: RunState, file: FileState): FileState[] {
  return [...state.files.filter(({ path }) => path !== file.path), file];
}

/** What an attempt noted and what it recorded are one review. */
function withReview(state: RunState, review: ReviewState): Partial<RunState> {
  const others = state.reviews.filter(
    (other) => other.stage !== review.stage || other.attempt !== review.attempt,
  );
  return { review, reviews: [...others, review] };
}

function noted(state: RunState, event: EventOf<'review.noted'>): ReviewState {
  const { stage, attempt, issue } = event;
  const review = state.review;
  const same = review !== null && review.stage === stage && review.attempt === attempt;
  return { stage, attempt, verdict: null, issues: same ? [...review.issues, issue] : [issue] };
}

function settled(
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
