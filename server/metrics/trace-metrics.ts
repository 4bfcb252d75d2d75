import { labelledCounter, labelledGauge, type Metric } from './metric.ts';

/** What the exporter of traces has done since its start. */
export interface TraceExportCounts {
  readonly exportedSpans: number;
  /** Spans that the collector has rejected for good. */
  readonly rejectedSpans: number;
  readonly failures: number;
  /** Time since everything had been exported, in milliseconds. `undefined` while another node exports. */
  readonly behindMs: number | undefined;
}

export interface TraceMetricsOptions {
  /** @default traces are not exported */
  readonly traceStats?: (() => TraceExportCounts) | undefined;
}

/** The exporter of traces. Without a collector there are no values. */
export function traceMetrics({ traceStats }: TraceMetricsOptions): readonly Metric[] {
  const samples = (read: (counts: TraceExportCounts) => readonly (readonly [number, ...string[]])[]) => ({
    read: () =>
      (traceStats === undefined ? [] : read(traceStats())).map(([value, ...labels]) => ({ labels, value })),
  });
  return [
    labelledCounter(
      {
        name: 'stagewire_trace_spans_total',
        labels: ['result'],
        help: 'Spans of traces that the collector has accepted (`exported`), or has rejected for good (`rejected`).',
      },
      samples(({ exportedSpans, rejectedSpans }) => [
        [exportedSpans, 'exported'],
        [rejectedSpans, 'rejected'],
      ]),
    ),
    labelledCounter(
      {
        name: 'stagewire_trace_export_failures_total',
        labels: [],
        help: 'Exports of traces that have failed. They are repeated, so that no span is lost.',
      },
      samples(({ failures }) => [[failures]]),
    ),
    labelledGauge(
      {
        name: 'stagewire_trace_behind_seconds',
        labels: [],
        help: 'Time since everything in the log had been exported: up to 5 s if nothing is wrong. Only at the node that exports.',
      },
      samples(({ behindMs }) => (behindMs === undefined ? [] : [[behindMs / 1000]])),
    ),
  ];
}
