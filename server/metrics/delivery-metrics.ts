import type { Instruments } from '../runtime/instruments.ts';
import { counter, counterOf, gauge, labelledCounter, labelledGauge, type Metric } from './metric.ts';

export interface DeliveryMetricsOptions {
  readonly instruments: Pick<
    Instruments,
    'runs' | 'delivery' | 'rejections' | 'limitRefusals' | 'signInFailures'
  >;
  /** Open WebSockets. */
  readonly connectionCount: () => number;
}

/** Subscribers, and what clients get instead of what they asked for. */
export function deliveryMetrics(options: DeliveryMetricsOptions): readonly Metric[] {
  const { instruments, connectionCount } = options;
  const { delivery, runs, rejections, limitRefusals, signInFailures } = instruments;
  return [
    labelledGauge(
      {
        name: 'stagewire_subscribers',
        labels: ['kind', 'transport'],
        help: 'Open subscriptions: of a `run` or of the `feed`, over `websocket`, `http` or the `legacy` API.',
      },
      delivery.subscribers,
    ),
    gauge({ name: 'stagewire_websocket_connections', help: 'Open WebSockets.' }, connectionCount),
    counter(
      { name: 'stagewire_events_delivered_total', help: 'Events that were sent to subscribers.' },
      () => delivery.events.sent,
    ),
    counterOf(
      {
        name: 'stagewire_merged_deltas_total',
        label: 'stage',
        help: 'Deltas that became a part of another one: before their `append`, or on `delivery` to a subscriber.',
      },
      () => ({ append: runs.events.mergedDeltas, delivery: delivery.events.mergedDeltas }),
    ),
    labelledCounter(
      {
        name: 'stagewire_rejections_total',
        labels: ['code'],
        help: 'Errors that clients got, by their code (PROTOCOL.md): of calls, of subscriptions that ended with one, and of requests and WebSockets that were not admitted.',
      },
      rejections,
    ),
    labelledCounter(
      {
        name: 'stagewire_limit_refusals_total',
        labels: ['limit', 'scope'],
        help: 'Calls and connections that a limit has rejected with `OVERLOADED`: the `limit` of the `owner` or of the `server` (OPERATIONS.md, Limits).',
      },
      limitRefusals,
    ),
    labelledCounter(
      {
        name: 'stagewire_sign_in_failures_total',
        labels: ['kind'],
        help: 'Failed attempts to authenticate: with a `credential`, or at the `openid` provider.',
      },
      signInFailures,
    ),
  ];
}
