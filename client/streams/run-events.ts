import { isTerminal, isTransient, mergeDeltas, parseCursor } from '@stagewire/shared';
import { isEventOfRun } from './event-shape.ts';
import { createEventStream, type EventStream } from './event-stream.ts';
import { eventTypes, type EventsInput, type RunEvent } from '../generated/contract.ts';
import { resume, type SubscriptionTransport } from './resume.ts';
import { createTrimmer } from './trim-overlap.ts';
import type { BufferOptions } from './event-buffer.ts';

const knownTypes: ReadonlySet<string> = new Set(eventTypes.RunEvent);

/** Whether this version knows the event's type. Others are skipped. */
export function isKnownEvent(event: RunEvent): boolean {
  return knownTypes.has(event.type);
}

/** How the events of one run are buffered for a slow reader. */
export const runBuffering: BufferOptions<RunEvent> = { merge: mergeDeltas, fillsGap: isTransient };

export interface SubscribeToRunOptions {
  readonly source: SubscriptionTransport;
  readonly input: EventsInput;
  readonly onEvent: (event: RunEvent, cursor: string) => void;
  readonly onEnd: (error?: Error) => void;
}

/** Subscribes to one run until its terminal event, exactly once per cursor. Returns a function that stops. */
export function subscribeToRun({ source, input, onEvent, onEnd }: SubscribeToRunOptions): () => void {
  const { lastEventId, ...rest } = input;
  const from = lastEventId ?? undefined;
  const trim = createTrimmer({ after: from === undefined ? 0 : parseCursor(from)?.seq });
  return resume(source, {
    path: 'runs.events',
    input: rest,
    from,
    // After the last cursor of an ended run there are no events, and the server completes at once.
    endsWithServer: from !== undefined,
    onEvent(data, cursor) {
      if (!isEventOfRun(data, input.runId)) return 'odd';
      const event = trim(data);
      if (event === 'gap') return 'gap';
      if (event !== 'seen') onEvent(event, cursor);
      if (isTerminal(data)) return 'end';
      return event === 'seen' ? 'seen' : 'more';
    },
    onEnd,
  });
}

/** A separate subscription for one reader with its own start or filter. */
export function runEvents(
  source: SubscriptionTransport,
  input: EventsInput,
  signal?: AbortSignal,
): EventStream<RunEvent> {
  let { lastEventId } = input;
  return createEventStream<RunEvent>({
    ...runBuffering,
    maxWaitingChars: source.maxWaitingChars,
    signal,
    open: (sink) =>
      subscribeToRun({
        source,
        input: { ...input, lastEventId },
        onEvent: (event, cursor) => {
          lastEventId = cursor;
          if (isKnownEvent(event)) sink.push(event, cursor);
          // If the reader is so slow that the subscription is paused: there are no more events.
          if (isTerminal(event)) sink.end();
        },
        onEnd: (error) => sink.end(error),
      }),
  });
}
