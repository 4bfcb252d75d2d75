import type { DurableEvent } from '@stagewire/shared';
import type { ExportLease } from '../log/export-lease.ts';
import { RunUnreadable, type EventLog, type GlobalEntry, type LogEntry } from '../log/event-log.ts';
import type { GlobalMark } from '../log/incarnations.ts';
import type { Clock } from '../runtime/clock.ts';
import { quietLogger, type Logger } from '../runtime/logger.ts';
import { nextTurn, wait } from '../runtime/wait.ts';
import { lastSharedMark } from './last-shared-mark.ts';
import { createRunTraces, type RunTraces } from './run-traces.ts';
import { CollectorUnavailable, type SpanSink } from './span-sink.ts';
import type { TraceSpan } from './trace-span.ts';

export interface TraceExporterOptions {
  readonly log: Pick<
    EventLog,
    'readAll' | 'read' | 'at' | 'lastGlobalPosition' | 'incarnationAt' | 'reaches'
  >;
  readonly lease: ExportLease;
  readonly sink: SpanSink;
  readonly clock: Clock;
  /** From 0 to 1, for the jitter of delays. */
  readonly random: () => number;
  /** @default logs nothing */
  readonly logger?: Logger;
  /** Chars of texts per attribute; 0: traces have no text. @default 0 */
  readonly maxTextChars?: number;
  /** Delay between two looks at the log, in milliseconds. @default 5000 */
  readonly pollMs?: number;
  /** Entries of the log per page. @default 512 */
  readonly pageEntries?: number;
  /** Size of a page in bytes of JSON. @default 1000000 */
  readonly pageBytes?: number;
  /** Spans per request. @default 512 */
  readonly batchSpans?: number;
  /** Runs whose open spans are kept in memory; those of further ones are computed again when needed. @default 5000 */
  readonly maxRuns?: number;
  /** Delay after a first failure, in milliseconds; doubled after each further one. @default 1000 */
  readonly minBackoffMs?: number;
  /** Maximum delay after a failure, in milliseconds. @default 60000 */
  readonly maxBackoffMs?: number;
}

/** What an exporter has done since its start. */
export interface TraceExportStats {
  readonly exportedSpans: number;
  /** Spans that the collector has rejected for good. */
  readonly rejectedSpans: number;
  readonly failures: number;
  /** Time since the end of the log was reached, in milliseconds. `undefined` without the lease. */
  readonly behindMs: number | undefined;
  /** Whether this node has the lease. */
  readonly isExporting: boolean;
}

/** Exports the traces of all runs. */
export interface TraceExporter extends AsyncDisposable {
  start(): void;
  stats(): TraceExportStats;
  /** Ends the request in progress, and releases the lease. Idempotent. */
  stop(): Promise<void>;
}

/**
 * A subscriber of the log's global order, with its cursor in the store. It reads stored events by pages, so appends do not
 * wait for it, and no commit notifies it. The cursor moves after the collector has accepted all spans that end in a page: what
 * was not accepted is read again after any outage or crash. Memory: one page, its spans, and the open spans of `maxRuns` runs.
 */
export function createTraceExporter(options: TraceExporterOptions): TraceExporter {
  const { log, lease, sink, clock, random, logger = quietLogger, maxTextChars = 0 } = options;
  const { pollMs = 5000, pageEntries = 512, pageBytes = 1_000_000, batchSpans = 512 } = options;
  const { maxRuns = 5000, minBackoffMs = 1000, maxBackoffMs = 60_000 } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> | undefined;
  let traces: RunTraces | undefined;
  let page: Page | undefined;
  /** The position before `page`, after all that `traces` has. */
  let mark: GlobalMark | undefined;
  let exportedSpans = 0;
  let rejectedSpans = 0;
  let failures = 0;
  /** When everything had been exported, by the clock that is never set. */
  let caughtUpMs: number | undefined;
  /** Failures since the last success. */
  let failuresInRow = 0;

  async function run(): Promise<void> {
    while (!signal.aborted) {
      let isBehind = false;
      let delayMs = pollMs;
      try {
        isBehind = await exportPage();
        succeed();
      } catch (error) {
        if (signal.aborted) break;
        delayMs = fail(error);
      }
      if (isBehind) await nextTurn(clock);
      else await wait(clock, delayMs, signal);
    }
    if (mark !== undefined) await lease.release();
  }

  /** @returns whether more may be stored that was not exported. */
  async function exportPage(): Promise<boolean> {
    const after = await position();
    if (after === undefined) return false;
    page ??= await readPage(after);
    if (page === undefined) return false;
    // Spans that were accepted before a failure are not sent again.
    while (page.spans.length > 0) {
      await send(page.spans.slice(0, batchSpans));
      page.spans.splice(0, batchSpans);
    }
    const { end } = page;
    page = undefined;
    if (await lease.save(end)) mark = end;
    else forget();
    return true;
  }

  /** The spans that end in the next page of the log; `undefined` at the end of the log. */
  async function readPage(after: number): Promise<Page | undefined> {
    const known = (traces ??= createRunTraces({ log, clock, maxRuns, maxTextChars }));
    const deltas = maxTextChars > 0;
    try {
      const entries = await log.readAll({ after, limit: pageEntries, maxBytes: pageBytes, deltas });
      const last = entries.at(-1);
      if (last === undefined) {
        caughtUpMs = clock.elapsed();
        return undefined;
      }
      const spans: TraceSpan[] = [];
      for (const entry of entries) spans.push(...(await spansOf(known, entry)));
      return { spans, end: markAt(last.globalPosition) };
    } catch (error) {
      // Some of the entries were applied.
      traces = undefined;
      throw error;
    }
  }

  function markAt(globalPosition: number): GlobalMark {
    return { incarnation: log.incarnationAt(globalPosition), globalPosition };
  }

  /** The position to read after; `undefined` while another node has the lease, and at the first start of all. */
  async function position(): Promise<number | undefined> {
    const acquired = await lease.acquire();
    if (acquired === undefined) return forget();
    if (acquired === 'start') {
      // What is there before can be exported by `traces.export`.
      const first = markAt(await log.lastGlobalPosition());
      if (await lease.save(first)) mark = first;
      return undefined;
    }
    const isSame =
      mark?.globalPosition === acquired.globalPosition && mark.incarnation === acquired.incarnation;
    if (!isSame) forget();
    const reached = (await log.reaches(acquired)) ? acquired : await lastSharedMark(log, acquired);
    if (reached !== acquired) {
      forget();
      if (!(await lease.save(reached))) return undefined;
      logger.warn({ ...acquired }, 'the log has lost its latest events: traces continue from what is left');
    }
    mark = reached;
    // A node that has just taken over knows no more than that.
    caughtUpMs ??= clock.elapsed();
    return reached.globalPosition;
  }

  function forget(): undefined {
    traces = undefined;
    page = undefined;
    mark = undefined;
    caughtUpMs = undefined;
  }

  async function send(spans: readonly TraceSpan[]): Promise<void> {
    if (spans.length === 0) return;
    const { rejected } = await sink.send(spans, signal);
    rejectedSpans += rejected;
    exportedSpans += spans.length - rejected;
    if (rejected > 0) logger.warn({ rejected }, 'the trace collector has rejected spans: they are lost');
  }

  function succeed(): void {
    if (failuresInRow > 0) logger.info({}, 'traces are exported again');
    failuresInRow = 0;
  }

  /** @returns the delay before the next attempt. */
  function fail(error: unknown): number {
    if (failuresInRow === 0) logger.warn({ error }, 'traces cannot be exported: they are tried again');
    failures += 1;
    failuresInRow += 1;
    const asked = error instanceof CollectorUnavailable ? (error.retryAfterMs ?? 0) : 0;
    const backoffMs = Math.min(maxBackoffMs, minBackoffMs * 2 ** Math.min(failuresInRow - 1, 16));
    return Math.min(maxBackoffMs, Math.max(asked, backoffMs * (0.5 + random() / 2)));
  }

  async function stop(): Promise<void> {
    stopping.abort();
    await running;
  }

  return {
    start() {
      running ??= run();
    },
    stats: () => ({
      exportedSpans,
      rejectedSpans,
      failures,
      behindMs: caughtUpMs === undefined ? undefined : clock.elapsed() - caughtUpMs,
      isExporting: mark !== undefined,
    }),
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A page of the log. */
interface Page {
  /** Those that were not accepted yet. */
  readonly spans: TraceSpan[];
  /** The position to store when all are accepted. */
  readonly end: GlobalMark;
}

async function spansOf(traces: RunTraces, entry: GlobalEntry): Promise<readonly TraceSpan[]> {
  if (!isOfRun(entry)) {
    traces.forget(entry.event.runId);
    return [];
  }
  try {
    return await traces.apply(entry.event);
  } catch (error) {
    // The run is set aside; the others continue.
    if (error instanceof RunUnreadable) return [];
    throw error;
  }
}

function isOfRun(entry: GlobalEntry): entry is LogEntry & { readonly event: DurableEvent } {
  return entry.event.type !== 'run.deleted';
}
