import { isTerminal, isTransient, mergeDeltas, parseCursor } from '@stagewire/shared';
import { isEventOfRun } from './event-shape.ts';
import { createEventStream, type EventStream } from './event-stream.ts';
import { eventTypes, type EventsInput, type RunEvent } from '../generated/contract.ts';
import { resume, type SubscriptionTransport } from './resume.ts';
import { createTrimmer } from './trim-overlap.ts';
import type { WaitingOptions } from './waiting-events.ts';

const knownTypes: ReadonlySet<string> = new Set(eventTypes.RunEvent);

/** Is this an event of a type that this version knows? Others are skipped. */
export function isKnownEvent(event: RunEvent): boolean {
  return knownTypes.has(event.type);
}

/** How the events of one run wait for a slow reader. */
export const runWaiting: WaitingOptions<RunEvent> = { merge: mergeDeltas, fillsGap: isTransient };

export interface SubscribeOptions {
  readonly source: SubscriptionTransport;
  readonly input: EventsInput;
  readonly onEvent: (event: RunEvent, cursor: string) => void;
  readonly onEnd: (error?: Error) => void;
}

/** Follows one run to its terminal event, each piece once. Returns the way to stop. */
export function subscribeToRun({ source, input, onEvent, onEnd }: SubscribeOptions): () => void {
  const { lastEventId, ...rest } = input;
  const from = lastEventId ?? undefined;
  const trim = createTrimmer({ after: from === undefined ? 0 : parseCursor(input.runId, from)?.seq });
  return resume(source, {
    path: 'runs.events',
    input: rest,
    from,
    // Behind the last cursor of a finished run there is nothing, and the server says so at once.
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

/** A subscription of its own for one reader, who wants another beginning or another choice than the others. */
export function runEvents(
  source: SubscriptionTransport,
  input: EventsInput,
  signal?: AbortSignal,
): EventStream<RunEvent> {
  let { lastEventId } = input;
  return createEventStream<RunEvent>({
    ...runWaiting,
    maxWaitingChars: source.maxWaitingChars,
    signal,
    open: (sink) =>
      subscribeToRun({
        source,
        input: { ...input, lastEventId },
        onEvent: (event, cursor) => {
          lastEventId = cursor;
          if (isKnownEvent(event)) sink.push(event, cursor);
          // Should the reader be so far behind that nothing more is asked for: there is nothing more.
          if (isTerminal(event)) sink.end();
        },
        onEnd: (error) => sink.end(error),
      }),
  });
}
