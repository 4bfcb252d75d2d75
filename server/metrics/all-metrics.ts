import { deliveryMetrics, type DeliveryMetricsOptions } from './delivery-metrics.ts';
import { logMetrics, type LogMetricsOptions } from './log-metrics.ts';
import type { Metric } from './metric.ts';
import { processMetrics, type ProcessMetricsOptions } from './process-metrics.ts';
import { runMetrics, type RunMetricsOptions } from './run-metrics.ts';
import { traceMetrics, type TraceMetricsOptions } from './trace-metrics.ts';

export interface AllMetricsOptions
  extends
    RunMetricsOptions,
    DeliveryMetricsOptions,
    LogMetricsOptions,
    TraceMetricsOptions,
    ProcessMetricsOptions {
  readonly instruments: RunMetricsOptions['instruments'] &
    DeliveryMetricsOptions['instruments'] &
    LogMetricsOptions['instruments'];
}

/** Every metric of a server, in the order of docs/METRICS.md. */
export function allMetrics(options: AllMetricsOptions): readonly Metric[] {
  return [
    ...runMetrics(options),
    ...logMetrics(options),
    ...deliveryMetrics(options),
    ...traceMetrics(options),
    ...processMetrics(options),
  ];
}
