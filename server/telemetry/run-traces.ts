import { isTerminal, type DurableEvent } from '@stagewire/shared';
import type { EventLog } from '../log/event-log.ts';
import type { Clock } from '../runtime/clock.ts';
import { nextTurn } from '../runtime/wait.ts';
import { createRunTrace, type RunTrace } from './run-trace.ts';
import { spanIdOf, tracePlaceOf } from './span-ids.ts';
import type { SpanRef, TraceSpan } from './trace-span.ts';

export interface RunTracesOptions {
  readonly log: Pick<EventLog, 'read' | 'at'>;
  readonly clock: Clock;
  /** Runs whose open spans are kept. */
  readonly maxRuns: number;
  readonly maxTextChars: number;
}

/** The open spans of many runs. */
export interface RunTraces {
  /**
   * Adds an event, and returns the spans that end with it. If the earlier events of the run are not known, they are read
   * from the log.
   *
   * @throws RunUnreadable, LogUnavailable
   */
  apply(event: DurableEvent): Promise<readonly TraceSpan[]>;
  /** The run was deleted. */
  forget(runId: string): void;
}

/** Size of a page that is read to compute the open spans of a run. */
const readPage = { limit: 512, maxBytes: 1_000_000 };

export function createRunTraces({ log, clock, maxRuns, maxTextChars }: RunTracesOptions): RunTraces {
  /** In the order of their last event. */
  const known = new Map<string, RunTrace>();

  async function begin(event: DurableEvent): Promise<RunTrace> {
    const { runId, seq } = event;
    const first = event.type === 'run.queued' ? event : (await log.at(runId, 1))?.event;
    const from = first?.type === 'run.queued' ? first.from : undefined;
    const source = from === undefined ? undefined : await spanOfRun(log, from.runId);
    const trace = createRunTrace({ maxTextChars, source });
    while (trace.seq < seq - 1) {
      const page = await log.read(runId, { after: trace.seq, ...readPage });
      const before = page.filter((entry) => entry.event.seq < seq);
      for (const entry of before) trace.apply(entry.event);
      if (before.length < page.length || page.length === 0) break;
      await nextTurn(clock);
    }
    return trace;
  }

  return {
    async apply(event) {
      const { runId } = event;
      const trace = known.get(runId) ?? (await begin(event));
      known.delete(runId);
      // Links are created and removed after the end of a run.
      if (event.seq <= trace.seq) return [];
      const spans = trace.apply(event);
      if (isTerminal(event) || isAfterEnd(event)) return spans;
      known.set(runId, trace);
      for (const oldest of known.keys()) {
        if (known.size <= maxRuns) break;
        known.delete(oldest);
      }
      return spans;
    },
    forget: (runId) => void known.delete(runId),
  };
}

/** Events about links have no part in a trace; one after the end would keep the run in memory. */
function isAfterEnd(event: DurableEvent): boolean {
  return event.type === 'run.shared' || event.type === 'run.unshared';
}

/** The span of a run; `undefined` if the run is gone. */
async function spanOfRun(log: Pick<EventLog, 'at'>, runId: string): Promise<SpanRef | undefined> {
  const first = (await log.at(runId, 1))?.event;
  if (first?.type !== 'run.queued') return undefined;
  return { traceId: tracePlaceOf(first).traceId, spanId: spanIdOf(runId) };
}
