import type { SpanEvent } from './trace-span.ts';

/** Events per span, as in the SDKs of OpenTelemetry. */
const maxEvents = 128;

/** The events of one span, up to a limit. */
export interface SpanEvents {
  add(event: SpanEvent): void;
  all(): readonly SpanEvent[];
  dropped(): number;
}

export function createSpanEvents(): SpanEvents {
  const kept: SpanEvent[] = [];
  let dropped = 0;
  return {
    add(event) {
      if (kept.length < maxEvents) kept.push(event);
      else dropped += 1;
    },
    all: () => kept,
    dropped: () => dropped,
  };
}
