import type { EventLog, ListPosition } from '../log/event-log.ts';
import { RunUnreadable } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import { createRunTraces } from './run-traces.ts';
import type { SpanSink } from './span-sink.ts';
import type { TraceSpan } from './trace-span.ts';

export interface ExportRunsOptions {
  readonly log: Pick<EventLog, 'list' | 'read' | 'at'>;
  readonly sink: SpanSink;
  readonly clock: Clock;
  readonly maxTextChars: number;
  /** Runs of one page. @default 20 */
  readonly pageRuns?: number;
  /** Spans per request. @default 512 */
  readonly batchSpans?: number;
}

export interface RunsToExport {
  /** Only runs that were queued then or later: ISO 8601. */
  readonly since: string;
  readonly before?: ListPosition | undefined;
  readonly signal: AbortSignal;
}

/** What was exported of a page of runs. */
export interface ExportedRuns {
  readonly runs: number;
  readonly spans: number;
  readonly next?: ListPosition | undefined;
}

/** Exports the spans of earlier runs, newest first. @throws CollectorUnavailable, LogUnavailable */
export type ExportRuns = (wanted: RunsToExport) => Promise<ExportedRuns>;

export function createExportRuns(options: ExportRunsOptions): ExportRuns {
  const { log, sink, clock, maxTextChars, pageRuns = 20, batchSpans = 512 } = options;

  async function* spansOf(runId: string): AsyncGenerator<TraceSpan> {
    const traces = createRunTraces({ log, clock, maxRuns: 1, maxTextChars });
    let seq = 0;
    for (;;) {
      const page = await log.read(runId, { after: seq, limit: 512, maxBytes: 1_000_000 });
      for (const { event } of page) {
        yield* await traces.apply(event);
        seq = event.seq;
      }
      if (page.length === 0) return;
      await nextTurn(clock);
    }
  }

  /** Sends batches on the way, so that no more than one is in memory. */
  async function exportRun(runId: string, signal: AbortSignal): Promise<number> {
    let sent = 0;
    let batch: TraceSpan[] = [];
    async function send(): Promise<void> {
      const { rejected } = await sink.send(batch, signal);
      sent += batch.length - rejected;
      batch = [];
    }
    try {
      for await (const span of spansOf(runId)) {
        batch.push(span);
        if (batch.length >= batchSpans) await send();
      }
    } catch (error) {
      // The other runs can be exported.
      if (!(error instanceof RunUnreadable)) throw error;
    }
    await send();
    return sent;
  }

  return async ({ since, before, signal }) => {
    const found = await log.list({ limit: pageRuns + 1, ...(before !== undefined && { before }) });
    const runs = found.slice(0, pageRuns).filter(({ queuedAt }) => queuedAt >= since);
    let spans = 0;
    for (const { runId } of runs) {
      if (signal.aborted) break;
      spans += await exportRun(runId, signal);
    }
    const last = runs.length === pageRuns && found.length > pageRuns ? runs.at(-1) : undefined;
    return { runs: runs.length, spans, ...(last !== undefined && { next: last }) };
  };
}
