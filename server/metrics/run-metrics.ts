import type { CallLimiterStats } from '../providers/call-limiter.ts';
import type { RunStats } from '../runs/run-stats.ts';
import type { Instruments } from '../runtime/instruments.ts';
import {
  counter,
  counterOf,
  gauge,
  gaugeOf,
  histogram,
  labelledCounter,
  labelledGauge,
  labelledHistogram,
  type Metric,
} from './metric.ts';

export interface RunMetricsOptions {
  readonly instruments: Pick<Instruments, 'runs' | 'calls'>;
  readonly stats: () => RunStats;
  /** The calls to each provider, by its name. */
  readonly callStats: () => ReadonlyMap<string, CallLimiterStats>;
}

/** Runs, commands and calls of models. */
export function runMetrics({ instruments, stats, callStats }: RunMetricsOptions): readonly Metric[] {
  const { runs, calls } = instruments;
  return [
    gaugeOf(
      {
        name: 'stagewire_runs',
        label: 'status',
        help: 'Runs that this node executes: `running`, and `backoff` before the retry of a failed attempt.',
      },
      () => {
        const { executing, inBackoff } = stats();
        return { running: executing - inBackoff, backoff: inBackoff };
      },
    ),
    gauge(
      {
        name: 'stagewire_queued_runs',
        help: 'Runs in the queue. With PostgreSQL that of all nodes, as each node sees it: use max, not sum.',
      },
      () => stats().queued,
    ),
    gauge(
      {
        name: 'stagewire_oldest_queued_run_age_seconds',
        help: 'How long the oldest run in the queue has waited; 0 if none is queued.',
      },
      () => stats().oldestQueuedMs / 1000,
    ),
    counter(
      { name: 'stagewire_runs_started_total', help: 'Runs that were started here.' },
      () => runs.started,
    ),
    labelledCounter(
      {
        name: 'stagewire_runs_ended_total',
        labels: ['status'],
        help: 'Runs that ended here: `completed`, `failed`, `cancelled`.',
      },
      runs.ended,
    ),
    labelledCounter(
      {
        name: 'stagewire_runs_recovered_total',
        labels: ['reason'],
        help: 'Runs that continued here in a new epoch: after the `restart` of the server, by `takeover` from another node, or after an outage of the `log`.',
      },
      runs.recoveries,
    ),
    labelledCounter(
      {
        name: 'stagewire_commands_total',
        labels: ['kind', 'outcome'],
        help: 'Commands that were `accepted`, and those of them that were `applied` or `dropped`. Links (`share`, `unshare`) are only accepted. Rejected calls are in `stagewire_rejections_total`.',
      },
      runs.commands,
    ),
    labelledCounter(
      {
        name: 'stagewire_model_calls_total',
        labels: ['provider', 'model', 'outcome'],
        help: 'Ended calls of models: `completed`, `failed`, or `aborted` by a command, a limit or the server. A model that is not configured is `other`.',
      },
      calls.ended,
    ),
    labelledCounter(
      {
        name: 'stagewire_tokens_total',
        labels: ['provider', 'model', 'kind'],
        help: 'Tokens of ended calls: `input`, `output`; of these `reasoning`, `cached_input` and `cache_write_input`. Estimated where a provider did not report them.',
      },
      calls.tokens,
    ),
    labelledCounter(
      {
        name: 'stagewire_provider_errors_total',
        labels: ['provider', 'code'],
        help: 'Failed calls of models by the code of their failure (PROTOCOL.md).',
      },
      calls.errors,
    ),
    labelledHistogram(
      {
        name: 'stagewire_time_to_first_token_seconds',
        labels: ['provider'],
        help: 'From the request of a call to its first text or reasoning.',
      },
      calls.firstOutput,
    ),
    labelledHistogram(
      {
        name: 'stagewire_token_gap_seconds',
        labels: ['provider'],
        help: 'Between two pieces of output of a call as they arrive; pieces that arrive together are one.',
      },
      calls.gap,
    ),
    labelledGauge(
      {
        name: 'stagewire_model_calls_in_flight',
        labels: ['provider'],
        help: 'Calls that this node has sent to a provider and that have not ended.',
      },
      ofCalls(callStats, ({ inFlight }) => [[inFlight]]),
    ),
    labelledGauge(
      {
        name: 'stagewire_model_calls_waiting',
        labels: ['provider', 'phase'],
        help: 'Calls that are not sent yet: `call-queued`, since `STAGEWIRE_MAX_CALLS` are in flight; `throttled`, since the provider has rejected a call with the same key.',
      },
      ofCalls(callStats, ({ queued, throttled }) => [
        [queued, 'call-queued'],
        [throttled, 'throttled'],
      ]),
    ),
    labelledCounter(
      {
        name: 'stagewire_provider_throttles_total',
        labels: ['provider'],
        help: 'Calls that a provider has rejected since a rate limit was reached or it was overloaded.',
      },
      ofCalls(callStats, ({ throttles }) => [[throttles]]),
    ),
    histogram(
      {
        name: 'stagewire_cancel_to_silence_seconds',
        help: 'From the moment a command that interrupts a call is accepted until the stream of the provider has ended and its socket is closed.',
      },
      calls.silence,
    ),
    histogram(
      {
        name: 'stagewire_append_duration_seconds',
        help: 'How long an append of a run takes until it is durable, with its wait for the flush and retries.',
      },
      runs.appendDuration,
    ),
    counterOf(
      {
        name: 'stagewire_appends_total',
        label: 'outcome',
        help: 'Appends of runs: `committed`; `conflict`, since another node has written to the run; `unavailable`, since the log cannot be written; `unknown`, since the response was lost; `invalid`.',
      },
      () => runs.appends,
    ),
    counterOf(
      {
        name: 'stagewire_events_appended_total',
        label: 'kind',
        help: 'Events that were appended: `delta` (text and reasoning) and `other`.',
      },
      () => ({ delta: runs.events.deltas, other: runs.events.others }),
    ),
  ];
}

/** Numbers of each provider, each with the values of its further labels. */
function ofCalls(
  callStats: RunMetricsOptions['callStats'],
  numbersOf: (stats: CallLimiterStats) => readonly (readonly [value: number, ...labels: string[]])[],
) {
  return {
    read: () =>
      [...callStats()].flatMap(([provider, stats]) =>
        numbersOf(stats).map(([value, ...labels]) => ({ labels: [provider, ...labels], value })),
      ),
  };
}
