import { isTerminal, mergeDeltas } from '@stagewire/shared';
import { isFeedEvent } from './event-shape.ts';
import { createEventStream, type EventStream } from './event-stream.ts';
import { eventTypes, type FeedEvent, type FeedInput } from '../generated/contract.ts';
import { resume, type SubscriptionTransport } from './resume.ts';
import { createTrimmer } from './trim-overlap.ts';

const knownTypes: ReadonlySet<string> = new Set(eventTypes.FeedEvent);

/** Subscribes to all runs. It ends only by a signal, an error or leaving the loop. */
export function feedEvents(
  source: SubscriptionTransport,
  input: FeedInput,
  signal?: AbortSignal,
): EventStream<FeedEvent> {
  const { lastEventId, ...rest } = input;
  const trim = createFeedTrimmer();
  let from = lastEventId ?? undefined;
  return createEventStream<FeedEvent>({
    merge: mergeDeltas,
    subjectOf: (event) => (event.type === 'feed.opened' ? '' : event.runId),
    maxWaitingChars: source.maxWaitingChars,
    signal,
    open(sink) {
      return resume(source, {
        path: 'runs.feed',
        input: rest,
        from,
        endsWithServer: false,
        onEvent(data, cursor) {
          if (!isFeedEvent(data)) return 'odd';
          from = cursor;
          const event = trim(data);
          if (event !== undefined && knownTypes.has(event.type)) sink.push(event, cursor);
          return 'more';
        },
        onEnd: (error) => sink.end(error),
      });
    },
  });
}

/** Trims the events of each run by its own seq; the state of a run is removed with its terminal event. */
function createFeedTrimmer(): (event: FeedEvent) => FeedEvent | undefined {
  const trimmers = new Map<string, ReturnType<typeof createTrimmer>>();
  return (event) => {
    if (event.type === 'feed.opened') return event;
    // Not a position in the log of the run: it follows every other event of it.
    if (event.type === 'run.deleted') {
      trimmers.delete(event.runId);
      return event;
    }
    const trim = trimmers.get(event.runId) ?? createTrimmer({ after: undefined, gapsAllowed: true });
    if (isTerminal(event)) trimmers.delete(event.runId);
    else trimmers.set(event.runId, trim);
    const trimmed = trim(event);
    return trimmed === 'seen' || trimmed === 'gap' ? undefined : (trimmed as FeedEvent);
  };
}
