import type { Build } from './open-log.ts';
import type { EventLog } from './log/event-log.ts';
import type { ExportLease } from './log/export-lease.ts';
import type { TraceSettings } from './process/trace-settings.ts';
import type { Clock } from './runtime/clock.ts';
import type { Logger } from './runtime/logger.ts';
import type { RandomSource } from './runtime/random.ts';
import { createExportRuns, type ExportRuns } from './telemetry/export-runs.ts';
import { createTraceExporter, type TraceExporter } from './telemetry/trace-exporter.ts';

export interface OpenTracesOptions {
  readonly log: EventLog;
  /** The lease of an export, by its name. */
  readonly exportLease: (name: string) => ExportLease;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
  readonly build: Build;
}

/** The exporter of the traces of new runs and of earlier ones. */
export interface OpenedTraces extends TraceExporter {
  readonly exportRuns: ExportRuns;
}

/** The exporter of traces, if there is a receiver. The libraries of OpenTelemetry are loaded only then. */
export async function openTraces(
  settings: TraceSettings | undefined,
  { log, exportLease, clock, random, logger, build }: OpenTracesOptions,
): Promise<OpenedTraces | undefined> {
  if (settings === undefined) return undefined;
  const { createOtlpSink } = await import('./telemetry/otlp-sink.ts');
  const { maxTextChars, resource, ...receiver } = settings;
  const { version } = build;
  const sink = createOtlpSink({
    ...receiver,
    version,
    resource: { 'service.version': version, ...resource },
  });
  const lease = exportLease('traces');
  const exporter = createTraceExporter({
    log,
    lease,
    sink,
    clock,
    random: () => random.next(),
    logger,
    maxTextChars,
  });
  return { ...exporter, exportRuns: createExportRuns({ log, sink, clock, maxTextChars }) };
}

/** A line for the operator about where traces are sent, and what is in them. */
export function traceNotes(settings: TraceSettings | undefined): readonly string[] {
  if (settings === undefined) return [];
  const texts = settings.maxTextChars > 0 ? ', with the texts of tasks and models' : '';
  return [`Traces: exported to ${new URL(settings.url).host}${texts}`];
}
