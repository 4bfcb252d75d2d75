import * as shared from '@stagewire/shared';
import type {
  AttemptTarget,
  Expect,
  FeedEvent,
  FeedOpened,
  RunCancelled,
  RunCompleted,
  RunDeleted,
  RunEvent,
  RunFailed,
  RunState,
  RunSummary,
  RunWaiting,
  StageCancelled,
  StageCompleted,
  StageDelta,
  StageFailed,
  StageInterrupted,
  StageReasoning,
  StageWaiting,
  SummaryStatus,
  Usage,
} from '../generated/contract.ts';

// What server and client share at run time, in terms of the generated types: the client's users get no schemas with it,
// not even as types.

interface Typed {
  readonly type: string;
}

/**
 * A run's state after one more event; the state before the first event, `run.queued`, is `undefined`. It is the same
 * fold that the server uses. Events at or before the state's own seq change nothing.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export const fold: (state: RunState | undefined, event: RunEvent) => RunState = shared.fold;

/** Two neighbouring deltas of the same type and attempt as one; `undefined` for any other two events. */
export const mergeDeltas: (first: Typed, second: Typed) => StageDelta | StageReasoning | undefined =
  shared.mergeDeltas;

/** Whether this is the run's last event. */
export const isTerminal: (event: Typed) => event is RunCompleted | RunFailed | RunCancelled =
  shared.isTerminal;

/** Whether this event ends an attempt. */
export const isEnding: (
  event: Typed,
) => event is StageCompleted | StageInterrupted | StageCancelled | StageFailed = shared.isEnding;

/** Whether this event is transient: not in the log, only a heartbeat for one subscriber. */
export const isTransient: (event: RunEvent) => event is RunWaiting | StageWaiting = shared.isTransient;

/** Whether this is a piece of text, which may be merged with its neighbour. */
export const isDelta: (event: Typed) => event is StageDelta | StageReasoning = shared.isDelta;

/**
 * The attempt to which a command applies now: the open one, or the one in backoff; `null` while the run is queued or
 * has ended.
 */
export const targetOf: (run: RunState | undefined) => AttemptTarget | null = shared.targetOf;

/**
 * The precondition of a command for the given stage, whichever attempt; `seen` is the attempt that was shown to the
 * user.
 */
export const expectOf: (seen: AttemptTarget | null, run: RunState | undefined) => Expect = shared.expectOf;

/** Whether the run has left the stage that the user saw, so that a command for it would be rejected. */
export const isPast: (seen: AttemptTarget | null, run: RunState | undefined) => boolean = shared.isPast;

/**
 * The mode to preselect for a steer: `continue`, which keeps the text so far, and `restart` where there is none (no stage
 * has started) or where the stage writes JSON, which cannot be continued. The default of the protocol is `restart`.
 */
export const defaultSteerMode: (
  seen: AttemptTarget | null,
  run: RunState | undefined,
) => 'continue' | 'restart' = shared.defaultSteerMode;

/** A run's row in lists after one more event; the same object if the event changes nothing in it. */
export const summarize: (
  previous: RunSummary | undefined,
  event: Exclude<FeedEvent, FeedOpened | RunDeleted>,
) => RunSummary = shared.summarize;

/** Whether a run with this status has ended. */
export const isEnded: (run: { readonly status: SummaryStatus }) => boolean = shared.isEnded;

/** The sum of the usage of two attempts; the less certain source is kept. */
export const addUsage: (one: Usage, other: Usage) => Usage = shared.addUsage;

/** The usage of no attempt: 0 tokens of each kind. */
export const noUsage: Usage = shared.noUsage;
