import type { EventsInput, FeedEvent, FeedInput, RunEvent } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { TrackedEnvelope } from '@trpc/server';
import type { EventLog } from '../log/event-log.ts';
import { formatFeedCursor, parseFeedCursor } from '../delivery/feed-cursor.ts';
import { subscribeToFeed } from '../delivery/subscribe-to-feed.ts';
import { subscribeToRun } from '../delivery/subscribe-to-run.ts';
import type { Tails } from '../delivery/tails.ts';
import type { RunService } from '../runs/run-service.ts';
import type { Principal } from '../identity/principal.ts';
import type { Context } from './context.ts';
import { createAccessCheck } from './access-check.ts';
import { startOfStream } from './cursor-check.ts';
import { trackedEvents } from '../delivery/tracked-events.ts';

export interface SubscriptionsOptions {
  readonly runs: RunService;
  readonly log: EventLog;
  readonly tails: Tails;
  /** @default 1000 */
  readonly heartbeatMs?: number;
  /** How long a delta may be delayed for coalescing; called each time. @default 0 */
  readonly mergeWindowMs?: () => number;
}

interface Subscriber extends Context {
  readonly principal: Principal;
}

type Stream<E> = Promise<AsyncIterable<TrackedEnvelope<E>, void, unknown>>;

/** The two subscriptions. Their input is validated before they start. */
export interface Subscriptions {
  run(input: EventsInput, subscriber: Subscriber, signal: AbortSignal | undefined): Stream<RunEvent>;
  feed(input: FeedInput, subscriber: Subscriber, signal: AbortSignal | undefined): Stream<FeedEvent>;
  /** The present end of the feed. */
  feedCursor(): Promise<string>;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { runs, log, tails, heartbeatMs = 1000, mergeWindowMs = () => 0 } = options;

  return {
    async run(input, subscriber, signal = neverAborted()) {
      const { runId, lastEventId, include } = input;
      const { principal, connection } = subscriber;
      const close = connection.openSubscription();
      try {
        const { owner, ...start } = await startOfStream(log, { runId, principal }, lastEventId);
        const steps = subscribeToRun(tails, {
          runId,
          ...start,
          include: { reasoning: include?.reasoning ?? true },
          signal,
          heartbeatMs,
          heartbeat: () => runs.heartbeat(runId),
          ready: (reader) => connection.ready(reader),
          window: mergeWindowMs,
        });
        return trackedEvents(steps, close, createAccessCheck(subscriber, { runId, owner }));
      } catch (error) {
        close();
        throw error;
      }
    },

    async feed(input, subscriber, signal = neverAborted()) {
      const { lastEventId, labels, include } = input;
      const { principal, connection } = subscriber;
      const close = connection.openSubscription();
      try {
        const after = await globalPositionOfCursor(log, lastEventId);
        const steps = subscribeToFeed(tails, {
          owner: principal.owner,
          text: include?.text ?? false,
          signal,
          ready: (reader) => connection.ready(reader),
          ...(after === undefined ? {} : { after }),
          ...(labels === undefined ? {} : { labels }),
        });
        return trackedEvents(steps, close, createAccessCheck(subscriber));
      } catch (error) {
        close();
        throw error;
      }
    },

    feedCursor: async () => formatFeedCursor(await log.lastGlobalPosition()),
  };
}

/** @throws StagewireError CURSOR_INVALID: of another kind, or ahead of the log. */
async function globalPositionOfCursor(
  log: EventLog,
  cursor: string | null | undefined,
): Promise<number | undefined> {
  if (cursor === undefined || cursor === null) return undefined;
  const order = parseFeedCursor(cursor);
  if (order === undefined || order > (await log.lastGlobalPosition())) throw wireErrors.CURSOR_INVALID.feed();
  return order;
}

/** For callers inside the process without a signal. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
