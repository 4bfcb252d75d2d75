import { createTrend, type Trend, type TrendSummary } from './trend.ts';

/** Every duration that is measured, and from where to where. */
export const trendTable = {
  time_to_first_token: 'runs.start sent → first token at a follower',
  token_gap: 'between two frames with text of one attempt',
  silence: 'between any two events of a live run',
  command_round_trip: 'a steer or cancel sent → its receipt',
  start_round_trip: 'runs.start sent → its receipt',
  cancel_to_silence: 'cancel sent → run.cancelled, the last event',
  steer_to_first_token: 'steer sent → first token of the attempt it is in',
  resume: 'socket destroyed → first event on the next one',
} as const;

/** Every number that is counted. */
export const counterTable = {
  delivered: 'events that followers had at the end',
  frames: 'messages with an event',
  lost: 'events missing where the chain of firstSeq and seq wants them, or at the end',
  duplicated: 'events sent again on a subscription that had them',
  after_end: 'events after a run’s end, and text after an attempt’s',
  text_mismatches: 'followers whose texts are not those of runs.get',
  reconnects: 'sockets opened after a follower’s first',
  dropped_sockets: 'sockets this generator destroyed',
  runs_started: 'accepted by the server',
  runs_completed: '',
  runs_failed: '',
  runs_cancelled: '',
  runs_unfinished: 'not at their end when the time was up',
  steers_applied: '',
  steers_dropped: 'accepted, and the run ended before they could act',
  commands_too_late: 'meant, and the run had ended',
  starts_skipped: 'due by --rate, and too many runs were under way',
  errors: 'calls and followers that failed, by code below',
} as const;

export type TrendName = keyof typeof trendTable;
export type CounterName = keyof typeof counterTable;

/** Everything a load measures. */
export interface Figures {
  readonly trends: Readonly<Record<TrendName, Trend>>;
  count(name: CounterName, by?: number): void;
  counted(name: CounterName): number;
  /** Counts an error under its code too. */
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
