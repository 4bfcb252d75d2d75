import { createHash } from 'node:crypto';
import type { EventOf } from '@stagewire/shared';
import type { SpanRef } from './trace-span.ts';

/** Where the trace of a run is. */
export interface TracePlace {
  readonly traceId: string;
  /** The span of the caller that the trace continues. */
  readonly parent?: SpanRef;
  /** Whether the caller records its trace; the trace of a run without a caller is recorded. */
  readonly isSampled: boolean;
}

/** The trace of a run: that of its `traceparent`, otherwise one of its own. */
export function tracePlaceOf(
  queued: Pick<EventOf<'run.queued'>, 'runId'> & { readonly traceparent?: string | undefined },
): TracePlace {
  const [, traceId = '', spanId = '', flags = ''] = queued.traceparent?.split('-') ?? [];
  if (traceId === '') return { traceId: idOf(['trace', queued.runId], 32), isSampled: true };
  return { traceId, parent: { traceId, spanId }, isSampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/**
 * The id of the span of a run, a stage or an attempt. It is derived from their names, so that a span that is exported again
 * has the same id.
 */
export function spanIdOf(runId: string, stage?: number, attempt?: number): string {
  return idOf(['span', runId, stage ?? '', attempt ?? ''], 16);
}

/** Neither a trace nor a span may have an id of zeros only; a hash that begins so does not occur. */
function idOf(parts: readonly (string | number)[], digits: number): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, digits);
}
