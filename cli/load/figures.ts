import { createTrend, type Trend, type TrendSummary } from './trend.ts';

/** Every measured duration, with its start and end. */
export const trendTable = {
  time_to_first_token: 'runs.start sent → first token at a subscriber',
  token_gap: 'between two messages with text of one attempt',
  silence: 'between any two events of an active run',
  command_round_trip: 'steer or cancel sent → its receipt',
  start_round_trip: 'runs.start sent → its receipt',
  cancel_to_silence: 'cancel sent → run.cancelled, the last event',
  steer_to_first_token: 'steer sent → first token of the attempt whose prompt contains it',
  resume: 'socket destroyed → first event on the next one',
} as const;

/** Every counter, with its meaning. */
export const counterTable = {
  delivered: 'events that subscribers had received at the end',
  frames: 'messages that carried an event',
  lost: 'events missing in the chain of firstSeq and seq, or at the end',
  duplicated: 'events sent again in the same subscription',
  after_end: 'events after the end of a run, and text after the end of an attempt',
  text_mismatches: 'subscribers whose texts differ from those of runs.get',
  reconnects: 'sockets opened after a subscriber’s first one',
  dropped_sockets: 'sockets that this generator destroyed',
  runs_started: 'runs accepted by the server',
  runs_completed: '',
  runs_failed: '',
  runs_cancelled: '',
  runs_unfinished: 'runs that had not ended when --drain was over',
  steers_applied: '',
  steers_dropped: 'accepted, but the run ended before they were applied',
  commands_too_late: 'commands that were due after their run had ended',
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
  /** Counts an error in total and by its code. */
  error(code: string): void;
  trendSummaries(): Record<TrendName, TrendSummary>;
  counters(): Record<CounterName, number>;
  errors(): Record<string, number>;
}

export function createFigures(): Figures {
  const trends = mapNames(trendTable, createTrend);
  const counters: Record<CounterName, number> = mapNames(counterTable, () => 0);
  const errors = new Map<string, number>();
  const count = (name: CounterName, by = 1) => {
    counters[name] += by;
  };
  return {
    trends,
    count,
    counted: (name) => counters[name],
    error(code) {
      count('errors');
      errors.set(code, (errors.get(code) ?? 0) + 1);
    },
    trendSummaries: () => mapNames(trendTable, (name) => trends[name].summary()),
    counters: () => ({ ...counters }),
    errors: () => Object.fromEntries(errors),
  };
}

function mapNames<Name extends string, Value>(
  table: Readonly<Record<Name, string>>,
  valueOf: (name: Name) => Value,
): Record<Name, Value> {
  const names = Object.keys(table) as Name[];
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<Name, Value>;
}
