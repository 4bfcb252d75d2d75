import type { ErrorCode, LimitName, LimitScope } from '@stagewire/shared';
import type { Cluster } from './cluster/cluster.ts';
import { measureRelay } from './cluster/measured-relay.ts';
import { createSubscriberMeter, type SubscriberMeter } from './delivery/subscriber-meter.ts';
import type { FlushReport } from './log/flush-monitor.ts';
import { allMetrics, type AllMetricsOptions } from './metrics/all-metrics.ts';
import { createMetricsPage, type MetricsPage } from './metrics/metrics-page.ts';
import { createAppendMeter, type AppendMeter } from './runs/execute/append-meter.ts';
import { createCallMeters, type CallMeter } from './runs/execute/call-meter.ts';
import type { Clock } from './runtime/clock.ts';
import { createInstruments } from './runtime/instruments.ts';
import type { Logger } from './runtime/logger.ts';

/** What the parts of a server report to while they work, and the page of metrics that shows it. */
export interface Meters {
  onFlush(report: FlushReport): void;
  onRejected(code: ErrorCode): void;
  onLimit(limit: LimitName, scope: LimitScope): void;
  onSignInFailure(kind: 'credential' | 'openid'): void;
  readonly appendMeter: AppendMeter;
  /** Of the write buffers. */
  readonly counted: { mergedDeltas: number };
  /** @param models The ModelRefs that have metrics of their own. */
  callMeters(models: Iterable<string>): (modelRef: string) => CallMeter;
  measured(cluster: Cluster | undefined, clock: Clock): Cluster | undefined;
  readonly subscribers: SubscriberMeter;
  page(
    sources: Omit<AllMetricsOptions, 'instruments'> & { readonly clock: Clock; readonly logger: Logger },
  ): MetricsPage;
}

export function createMeters(): Meters {
  const instruments = createInstruments();
  const { flushes, rejections, signInFailures, calls, runs, relayedCommands, delivery } = instruments;
  return {
    onFlush({ durationMs, events, rejected, isAnswered }) {
      flushes.duration.observe(durationMs / 1000);
      flushes.events.observe(events);
      flushes.rejected += rejected;
      if (!isAnswered) flushes.unanswered += 1;
    },
    onRejected: (code) => rejections.add([code]),
    onLimit: (limit, scope) => instruments.limitRefusals.add([limit, scope]),
    onSignInFailure: (kind) => signInFailures.add([kind]),
    appendMeter: createAppendMeter(runs),
    counted: runs.events,
    callMeters: (models) => createCallMeters(calls, new Set(models)),
    measured: (cluster, clock) =>
      cluster && {
        ...cluster,
        commands: measureRelay(cluster.commands, { clock, durations: relayedCommands }),
      },
    subscribers: createSubscriberMeter(delivery),
    page: (sources) => createMetricsPage({ ...sources, metrics: allMetrics({ ...sources, instruments }) }),
  };
}
