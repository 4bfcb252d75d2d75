import { formatCursor } from './cursor.ts';
import { isTransient } from './event-kinds.ts';
import type { DurableEvent, RunEvent } from './events.ts';
import {
  artifactRecorded,
  artifactRemoved,
  attemptEnded,
  attemptStarted,
  commandSettled,
  initialState,
  inputRecorded,
  overwrite,
  reviewNoted,
  sharesAfter,
  withAttempt,
  withReview,
} from './state-changes.ts';
import type { RunState } from './state.ts';

/**
 * A run's state after one more event; the state before the first event is `undefined`, and the first event is
 * `run.queued`. Pure. An event at or before the seq of the state changes nothing, so overlaps are harmless; an unknown
 * type only advances the seq.
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
    cursor: formatCursor(state.runId, { epoch, seq: event.seq, at: event.at }),
    updatedAt: event.at,
  };
}

function change(state: RunState, event: DurableEvent): Partial<RunState> {
  switch (event.type) {
    case 'run.queued':
    case 'run.recovered':
      return {};
    case 'input.recorded':
      return inputRecorded(state, event);
    case 'run.started':
      return { status: 'running', startedAt: event.at };
    case 'run.planned':
      return { plan: event.roles };
    case 'stage.started':
      return attemptStarted(state, event);
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
      return attemptEnded(state, event, 'completed', { ttftMs: event.ttftMs, durationMs: event.durationMs });
    case 'stage.interrupted':
      return attemptEnded(state, event, 'interrupted', {});
    case 'stage.cancelled':
      return attemptEnded(state, event, 'cancelled', {});
    case 'stage.failed':
      return attemptEnded(state, event, 'failed', {
        failure: event.failure,
        ...(event.retryInMs === undefined ? {} : { retryInMs: event.retryInMs }),
      });
    case 'review.noted':
      return withReview(state, reviewNoted(state, event));
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
    case 'artifact.recorded':
      return artifactRecorded(state, event);
    case 'artifact.removed':
      return artifactRemoved(state, event);
    case 'artifact.skipped': {
      const { reason, path, offset, chars } = event;
      const block = { reason, ...(path === undefined ? {} : { path }), offset, chars };
      return {
        stages: withAttempt(state, event, (attempt) => ({ skipped: [...attempt.skipped, block] })),
      };
    }
    case 'command.accepted': {
      const { commandId, command, actor, at, target } = event;
      const cursor = formatCursor(state.runId, { epoch: state.epoch, seq: event.seq, at });
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
      return commandSettled(state, event.commandId, {
        status: 'applied',
        appliedTo: { stage: event.stage, attempt: event.attempt },
      });
    case 'command.dropped':
      return commandSettled(state, event.commandId, { status: 'dropped', reason: event.reason });
    case 'run.shared':
    case 'run.unshared':
      return { shares: sharesAfter(state.shares, event) };
    case 'run.completed':
      return { status: 'completed', verdict: event.verdict, endedAt: event.at };
    case 'run.failed':
      return { status: 'failed', failure: event.failure, endedAt: event.at };
    case 'run.cancelled':
      return { status: 'cancelled', endedAt: event.at };
    default:
      // An event type of a later version: skipped, but the seq advances.
      event satisfies never;
      return {};
  }
}
