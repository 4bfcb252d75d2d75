import { deliveryMetrics, type DeliveryMetricsOptions } from './delivery-metrics.ts';
import { logMetrics, type LogMetricsOptions } from './log-metrics.ts';
import type { Metric } from './metric.ts';
import { processMetrics, type ProcessMetricsOptions } from './process-metrics.ts';
import { runMetrics, type RunMetricsOptions } from './run-metrics.ts';

export interface AllMetricsOptions
  extends RunMetricsOptions, DeliveryMetricsOptions, LogMetricsOptions, ProcessMetricsOptions {
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
    ...processMetrics(options),
  ];
}
