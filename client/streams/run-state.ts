import * as shared from '@stagewire/shared';
import type {
  AttemptTarget,
  Expect,
  FeedEvent,
  FeedOpened,
  RunCancelled,
  RunCompleted,
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

// What server and client share at run time, in the words of the generated types: whoever installs the client
// gets no schema with it, not even as a type.

interface Typed {
  readonly type: string;
}

/**
 * A run's state after one more event; the state before the first event, `run.queued`, is `undefined`. The very
 * fold that the server uses. What lies at or before the state's own seq changes nothing.
 *
 * @throws RangeError if the first event is not `run.queued`.
 */
export const fold: (state: RunState | undefined, event: RunEvent) => RunState = shared.fold;

/** Two neighbouring deltas of the same type and attempt as one; `undefined` if the two are anything else. */
export const mergeDeltas: (first: Typed, second: Typed) => StageDelta | StageReasoning | undefined =
  shared.mergeDeltas;

/** Is this the run's last event? */
export const isTerminal: (event: Typed) => event is RunCompleted | RunFailed | RunCancelled =
  shared.isTerminal;

/** Does this event end an attempt? */
export const isEnding: (
  event: Typed,
) => event is StageCompleted | StageInterrupted | StageCancelled | StageFailed = shared.isEnding;

/** Is this event outside the log, only filling a gap for one follower? */
export const isTransient: (event: RunEvent) => event is RunWaiting | StageWaiting = shared.isTransient;

/** Is this a piece of text, which may be merged with its neighbour? */
export const isDelta: (event: Typed) => event is StageDelta | StageReasoning = shared.isDelta;

/** Where a command acts now: the attempt that is open or in backoff; `null` while the run is queued or has ended. */
export const targetOf: (run: RunState | undefined) => AttemptTarget | null = shared.targetOf;

/** The precondition of a command that is meant for what a person saw; the stage, whichever attempt. */
export const expectOf: (seen: AttemptTarget | null, run: RunState | undefined) => Expect = shared.expectOf;

/** Has the run gone on to another stage than what was seen means, so that a command for it would be refused? */
export const isPast: (seen: AttemptTarget | null, run: RunState | undefined) => boolean = shared.isPast;

/** A run's row in lists after one more event; the same object if the event changes nothing in it. */
export const summarize: (
  previous: RunSummary | undefined,
  event: Exclude<FeedEvent, FeedOpened>,
) => RunSummary = shared.summarize;

/** Has a run with this status had its last event? */
export const isEnded: (run: { readonly status: SummaryStatus }) => boolean = shared.isEnded;

/** Usage of two attempts together; the less certain source wins. */
export const addUsage: (one: Usage, other: Usage) => Usage = shared.addUsage;

/** The usage of no attempt: 0 tokens of each kind. */
export const noUsage: Usage = shared.noUsage;
