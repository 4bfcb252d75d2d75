/** Series of a minute each, as promtool's tests have them: what an alert fires at, and what it must not fire at. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: Readonly<Record<string, string>>;
  readonly silent: Readonly<Record<string, string>>;
}

/** 50 samples that grow by so much each minute. */
const by = (perMinute: number) => `0+${perMinute}x50`;
/** 50 samples of one value. */
const at = (value: number) => `${value}x50`;
/** Grows once, three minutes before the alerts are evaluated. */
const lately = '0x42 1x8';

/** A histogram of 100 observations a minute, of which so many are at most `le`. */
const buckets = (name: string, le: string, atMost: number, labels = '') => ({
  [`${name}_bucket{${labels}le="${le}"}`]: by(atMost),
  [`${name}_bucket{${labels}le="100"}`]: by(100),
  [`${name}_bucket{${labels}le="+Inf"}`]: by(100),
});

const ended = (failed: number) => ({
  'stagewire_runs_ended_total{status="failed"}': by(failed),
  'stagewire_runs_ended_total{status="completed"}': by(100 - failed),
});
const calls = (failed: number) => ({
  'stagewire_model_calls_total{provider="openai",outcome="failed"}': by(failed),
  'stagewire_model_calls_total{provider="openai",outcome="completed"}': by(100 - failed),
});
const memory = (held: number) => ({
  'stagewire_memory_held_bytes{kind="runs"}': at(held),
  'stagewire_memory_limit_bytes{kind="runs"}': at(100),
});
const lease = (age: number) => ({
  stagewire_node_lease_age_seconds: at(age),
  stagewire_node_lease_duration_seconds: at(10),
});

/** Every alert of examples/monitoring/alerts.yml, just above and just below what it is about. */
export const alertCases: readonly AlertCase[] = [
  {
    alert: 'StagewireDown',
    fires: { 'up{job="stagewire"}': at(0) },
    silent: { 'up{job="stagewire"}': at(1), 'up{job="other"}': at(0) },
  },
  {
    alert: 'StagewireLogUnavailable',
    fires: { 'stagewire_appends_total{outcome="unavailable"}': by(1) },
    silent: {
      'stagewire_appends_total{outcome="unavailable"}': at(7),
      'stagewire_appends_total{outcome="committed"}': by(100),
    },
  },
  {
    alert: 'StagewireLogSlow',
    fires: buckets('stagewire_append_duration_seconds', '1', 98),
    silent: buckets('stagewire_append_duration_seconds', '1', 100),
  },
  {
    alert: 'StagewireQueueOld',
    fires: { stagewire_oldest_queued_run_age_seconds: at(301) },
    silent: { stagewire_oldest_queued_run_age_seconds: at(299) },
  },
  { alert: 'StagewireRunsFail', fires: ended(25), silent: ended(15) },
  { alert: 'StagewireProviderFails', fires: calls(35), silent: calls(25) },
  {
    alert: 'StagewireProviderRejectsKey',
    fires: { 'stagewire_provider_errors_total{provider="openai",code="PROVIDER_AUTH"}': lately },
    silent: {
      'stagewire_provider_errors_total{provider="openai",code="PROVIDER_AUTH"}': at(3),
      'stagewire_provider_errors_total{provider="openai",code="PROVIDER_UNAVAILABLE"}': by(5),
    },
  },
  {
    alert: 'StagewireProviderSlow',
    fires: buckets('stagewire_time_to_first_token_seconds', '30', 85, 'provider="openai",'),
    silent: buckets('stagewire_time_to_first_token_seconds', '30', 95, 'provider="openai",'),
  },
  {
    alert: 'StagewireCancelSlow',
    fires: buckets('stagewire_cancel_to_silence_seconds', '0.5', 98),
    silent: buckets('stagewire_cancel_to_silence_seconds', '0.5', 100),
  },
  {
    alert: 'StagewireEventLoopBlocked',
    fires: { 'stagewire_event_loop_delay_seconds{stat="p99"}': at(0.26) },
    silent: {
      'stagewire_event_loop_delay_seconds{stat="p99"}': at(0.24),
      'stagewire_event_loop_delay_seconds{stat="max"}': at(5),
    },
  },
  {
    alert: 'StagewireOverloaded',
    fires: { 'stagewire_rejections_total{code="OVERLOADED"}': by(9) },
    silent: {
      'stagewire_rejections_total{code="OVERLOADED"}': by(3),
      'stagewire_rejections_total{code="RUN_NOT_FOUND"}': by(900),
    },
  },
  { alert: 'StagewireMemoryHigh', fires: memory(91), silent: memory(89) },
  {
    alert: 'StagewireSignInFailures',
    fires: { 'stagewire_sign_in_failures_total{kind="credential"}': by(90) },
    silent: { 'stagewire_sign_in_failures_total{kind="credential"}': by(30) },
  },
  {
    alert: 'StagewireOwnersThrottled',
    fires: { 'stagewire_limit_refusals_total{limit="starts",scope="owner"}': by(9) },
    silent: {
      'stagewire_limit_refusals_total{limit="starts",scope="owner"}': by(3),
      'stagewire_limit_refusals_total{limit="starts",scope="server"}': by(90),
    },
  },
  {
    alert: 'StagewireProviderPaused',
    fires: { 'stagewire_model_calls_waiting{provider="openai",phase="throttled"}': at(1) },
    silent: {
      'stagewire_model_calls_waiting{provider="openai",phase="throttled"}': '1 0 1 0 0x46',
      'stagewire_model_calls_waiting{provider="openai",phase="call-queued"}': at(9),
    },
  },
  {
    alert: 'StagewireTracesBehind',
    fires: { stagewire_trace_behind_seconds: by(60) },
    silent: { stagewire_trace_behind_seconds: at(5) },
  },
  {
    alert: 'StagewireTracesRejected',
    fires: { 'stagewire_trace_spans_total{result="rejected"}': lately },
    silent: {
      'stagewire_trace_spans_total{result="rejected"}': at(1),
      'stagewire_trace_spans_total{result="exported"}': by(100),
    },
  },
  { alert: 'StagewireLeaseOld', fires: lease(6), silent: lease(4) },
  {
    alert: 'StagewireTakeOvers',
    fires: { 'stagewire_runs_recovered_total{reason="takeover"}': lately },
    silent: {
      'stagewire_runs_recovered_total{reason="takeover"}': at(3),
      'stagewire_runs_recovered_total{reason="restart"}': lately,
    },
  },
  {
    alert: 'StagewireAppendsRejected',
    fires: { 'stagewire_appends_total{outcome="conflict"}': by(90) },
    silent: { 'stagewire_appends_total{outcome="conflict"}': by(30) },
  },
  {
    alert: 'StagewireNotificationQueueFull',
    fires: { stagewire_notification_queue_usage_ratio: at(0.11) },
    silent: { stagewire_notification_queue_usage_ratio: at(0.09) },
  },
  {
    alert: 'StagewireNodeLags',
    fires: { stagewire_node_lag_positions: at(1001) },
    silent: { stagewire_node_lag_positions: at(999) },
  },
  {
    alert: 'StagewireReconnects',
    fires: { stagewire_node_reconnects_total: by(1) },
    silent: { stagewire_node_reconnects_total: lately },
  },
  {
    alert: 'StagewireClockWrong',
    fires: { stagewire_node_clock_offset_seconds: at(-6) },
    silent: { stagewire_node_clock_offset_seconds: at(4) },
  },
];
