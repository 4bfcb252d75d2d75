import { createTrend, type Trend, type TrendSummary } from './trend.ts';

/** Every measured duration, with its start and end. */
export const trendTable = {
  time_to_first_token: 'runs.start sent → first token at a subscriber',
  token_gap: 'between two messages with text of one attempt',
  silence: 'between any two events of an active run',
  command_round_trip: 'steer, redirect or cancel sent → its receipt',
  start_round_trip: 'runs.start sent → its receipt',
  cancel_to_silence: 'cancel sent → run.cancelled, the last event',
  steer_to_first_token: 'steer sent → first token of the attempt whose prompt contains it',
  redirect_to_first_token: 'redirect sent → first token of the stage after it',
  start_to_feed: 'runs.start sent → run.queued at a subscriber of the feed',
  resume: 'connection destroyed → first event on the next one',
} as const;

/** Every counter, with its meaning. */
export const counterTable = {
  delivered: 'events that subscribers had received when their run had ended',
  frames: 'messages that carried an event',
  lost: 'events missing in the chain of firstSeq and seq, or at the end',
  duplicated: 'events sent again in the same subscription',
  after_end: 'events after the end of a run, and text after the end of an attempt',
  stale_epochs: 'events of an earlier epoch after one of a later epoch',
  text_mismatches: 'subscribers whose texts differ from those of runs.get',
  receipt_mismatches:
    'commands and starts whose repetition at another address had another receipt or outcome',
  feed_mismatches: 'events of the feed that another address did not send at the same position',
  foreign_calls: 'calls for the runs without a token, or with a key of another owner',
  foreign_accesses: 'of these, calls that were not rejected; and events in the feed of another owner',
  feed_events: 'events that subscribers of the feed received',
  feed_lost:
    'ended runs whose end a subscriber of the feed had not received in time, and events received twice',
  reconnects: 'connections opened after a subscriber’s first one',
  dropped_sockets: 'connections that this generator destroyed',
  runs_started: 'runs accepted by the server',
  runs_completed: 'runs by how they ended',
  runs_failed: 'runs by how they ended',
  runs_cancelled: 'runs by how they ended',
  runs_unfinished: 'runs that had not ended when --drain was over',
  steers_applied: 'steers that a prompt contains',
  steers_dropped: 'accepted, but the run ended before they were applied',
  redirects_applied: 'redirects that have ended their stage',
  redirects_dropped: 'accepted, but the run ended before they were applied',
  commands_rejected: 'commands that the state of the run does not allow, by code below',
  commands_too_late: 'commands that were not sent, since their run had ended before they were due',
  starts_skipped: 'starts skipped because too many runs were active',
  errors: 'failed calls and subscribers, by code below',
} as const;

export type TrendName = keyof typeof trendTable;
export type CounterName = keyof typeof counterTable;

/** All measurements of a load test. */
export interface Figures {
  readonly trends: Readonly<Record<TrendName, Trend>>;
  count(name: CounterName, by?: number): void;
  counted(name: CounterName): number;
  /** Counts an error in total and by its code. @param cause Its message is an example of that code. */
  error(code: string, cause?: unknown): void;
  /** Counts a command that the state of its run does not allow, in total and by its code. */
  rejected(code: string): void;
  trendSummaries(): Record<TrendName, TrendSummary>;
  counters(): Record<CounterName, number>;
  errors(): Record<string, number>;
  /** The first message of each code that has one. */
  errorMessages(): Record<string, string>;
  rejections(): Record<string, number>;
}

/** Called with each measurement, in addition. */
export interface FiguresObserver {
  recorded(name: TrendName, durationMs: number): void;
  counted(name: CounterName, by: number): void;
}

export function createFigures(observer?: FiguresObserver): Figures {
  const trends = mapNames(trendTable, (name) => observed(createTrend(), name, observer));
  const counters: Record<CounterName, number> = mapNames(counterTable, () => 0);
  const errors = new Map<string, number>();
  const messages = new Map<string, string>();
  const rejections = new Map<string, number>();
  const count = (name: CounterName, by = 1) => {
    counters[name] += by;
    observer?.counted(name, by);
  };
  return {
    trends,
    count,
    counted: (name) => counters[name],
    error(code, cause) {
      count('errors');
      errors.set(code, (errors.get(code) ?? 0) + 1);
      if (cause instanceof Error && !messages.has(code)) messages.set(code, cause.message);
    },
    rejected(code) {
      count('commands_rejected');
      rejections.set(code, (rejections.get(code) ?? 0) + 1);
    },
    trendSummaries: () => mapNames(trendTable, (name) => trends[name].summary()),
    counters: () => ({ ...counters }),
    errors: () => Object.fromEntries(errors),
    errorMessages: () => Object.fromEntries(messages),
    rejections: () => Object.fromEntries(rejections),
  };
}

/** Figures of a part: what is measured there is also added to the whole. */
export function createFiguresOfPart(whole: Figures): Figures {
  const part = createFigures();
  return {
    ...part,
    trends: mapNames(trendTable, (name) =>
      teed(part.trends[name], (durationMs) => whole.trends[name].record(durationMs)),
    ),
    count(name, by) {
      part.count(name, by);
      whole.count(name, by);
    },
    error(code, cause) {
      part.error(code, cause);
      whole.error(code, cause);
    },
    rejected(code) {
      part.rejected(code);
      whole.rejected(code);
    },
  };
}

function observed(trend: Trend, name: TrendName, observer: FiguresObserver | undefined): Trend {
  return observer === undefined ? trend : teed(trend, (durationMs) => observer.recorded(name, durationMs));
}

function teed(trend: Trend, record: (durationMs: number) => void): Trend {
  return {
    record(durationMs) {
      trend.record(durationMs);
      record(durationMs);
    },
    get count() {
      return trend.count;
    },
    percentile: (percent) => trend.percentile(percent),
    summary: () => trend.summary(),
  };
}

function mapNames<Name extends string, Value>(
  table: Readonly<Record<Name, string>>,
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  const names = Object.keys(table) as Name[];
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}
