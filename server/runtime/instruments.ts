import { createHistogram, type Histogram } from './histogram.ts';
import {
  createLabelledHistograms,
  createLabelledNumbers,
  type LabelledHistograms,
  type LabelledNumbers,
} from './labelled.ts';

/**
 * What the parts of a server count while they work. Plain numbers that nothing reads until metrics are requested, so that
 * counting costs an addition. Label values are of closed sets: never an owner, a run, an actor or a text.
 *
 * Durations are in seconds.
 */
export interface Instruments {
  readonly calls: CallInstruments;
  readonly runs: RunInstruments;
  readonly delivery: DeliveryInstruments;
  readonly flushes: FlushInstruments;
  /** Labels: outcome (`receipt`, `no_executor`, `rejection`, `unavailable`). */
  readonly relayedCommands: LabelledHistograms;
  /** Errors that clients have received. Labels: code. */
  readonly rejections: LabelledNumbers;
  /** Calls that a limit has rejected. Labels: limit, scope (`owner`, `server`). */
  readonly limitRefusals: LabelledNumbers;
  /** Labels: kind (`credential`, `openid`). */
  readonly signInFailures: LabelledNumbers;
}

/** Calls of models. */
export interface CallInstruments {
  /** Labels: provider, model, outcome (`completed`, `failed`, `aborted`). */
  readonly ended: LabelledNumbers;
  /** Labels: provider, code. */
  readonly errors: LabelledNumbers;
  /** Labels: provider, model, kind. */
  readonly tokens: LabelledNumbers;
  /** From the request to the first output. Labels: provider. */
  readonly firstOutput: LabelledHistograms;
  /** Between two pieces of output. Labels: provider. */
  readonly gap: LabelledHistograms;
  /** From a command that interrupts a call to the end of its stream. */
  readonly silence: Histogram;
}

/** Events of runs that this server has appended. */
export interface RunInstruments {
  readonly appendDuration: Histogram;
  /** By their outcome. */
  readonly appends: {
    committed: number;
    conflict: number;
    unavailable: number;
    unknown: number;
    invalid: number;
  };
  /** Deltas in the log, other events in the log, and deltas that were merged into others before their append. */
  readonly events: { deltas: number; others: number; mergedDeltas: number };
  started: number;
  /** Labels: status. */
  readonly ended: LabelledNumbers;
  /** Labels: reason. */
  readonly recoveries: LabelledNumbers;
  /** Labels: kind, outcome (`accepted`, `applied`, `dropped`). */
  readonly commands: LabelledNumbers;
}

/** Events on their way to subscribers. */
export interface DeliveryInstruments {
  /** Open subscriptions. Labels: kind (`run`, `feed`), transport (`websocket`, `http`, `legacy`). */
  readonly subscribers: LabelledNumbers;
  readonly events: { sent: number; mergedDeltas: number };
}

/** Group commits of the log. */
export interface FlushInstruments {
  readonly duration: Histogram;
  /** Events of a flush. */
  readonly events: Histogram;
  /** Appends, or runs, that the log has rejected. */
  rejected: number;
  /** Flushes that failed or whose response was lost. */
  unanswered: number;
}

const secondsOfProviders = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const secondsOfGaps = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30];
const secondsOfServer = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5];
const eventsOfFlushes = [1, 2, 5, 10, 50, 100, 500, 1000, 5000];

export function createInstruments(): Instruments {
  return {
    calls: {
      ended: createLabelledNumbers(),
      errors: createLabelledNumbers(),
      tokens: createLabelledNumbers(),
      firstOutput: createLabelledHistograms(secondsOfProviders),
      gap: createLabelledHistograms(secondsOfGaps),
      silence: createHistogram(secondsOfServer),
    },
    runs: {
      appendDuration: createHistogram(secondsOfServer),
      appends: { committed: 0, conflict: 0, unavailable: 0, unknown: 0, invalid: 0 },
      events: { deltas: 0, others: 0, mergedDeltas: 0 },
      started: 0,
      ended: createLabelledNumbers([['completed'], ['failed'], ['cancelled']]),
      recoveries: createLabelledNumbers([['restart'], ['takeover'], ['log']]),
      commands: createLabelledNumbers(),
    },
    delivery: {
      subscribers: createLabelledNumbers(),
      events: { sent: 0, mergedDeltas: 0 },
    },
    flushes: {
      duration: createHistogram(secondsOfServer),
      events: createHistogram(eventsOfFlushes),
      rejected: 0,
      unanswered: 0,
    },
    relayedCommands: createLabelledHistograms(secondsOfServer),
    rejections: createLabelledNumbers(),
    limitRefusals: createLabelledNumbers(),
    signInFailures: createLabelledNumbers([['credential'], ['openid']]),
  };
}
