import type { EventsInput, FeedEvent, FeedInput, RunEvent } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { EventLog } from '../log/event-log.ts';
import { formatFeedCursor, parseFeedCursor } from '../delivery/feed-cursor.ts';
import { subscribeToFeed, type SequencedFeedEvent } from '../delivery/subscribe-to-feed.ts';
import type { SubscriberMeter, SubscriptionKind } from '../delivery/subscriber-meter.ts';
import type { Tails } from '../delivery/tails.ts';
import type { RunService } from '../runs/run-service.ts';
import type { OwnerLimits } from '../limits/owner-limits.ts';
import type { RunAccess } from './run-access.ts';
import { AccessCheck } from './access-check.ts';
import { RunSubscription, type RunSubscriptionParts, type SubscribingCaller } from './run-subscription.ts';
import { trackedEvents, type TrackedEvents } from '../delivery/tracked-events.ts';

export interface SubscriptionsOptions {
  readonly runs: RunService;
  readonly log: EventLog;
  readonly tails: Tails;
  readonly access: RunAccess;
  /** @default nothing is limited */
  readonly limits?: Pick<OwnerLimits, 'holdSubscription' | 'countCommand'> | undefined;
  /** @default 1000 */
  readonly heartbeatMs?: number;
  /** How long a delta may be delayed for coalescing; called each time. @default 0 */
  readonly mergeWindowMs?: () => number;
  /** Counts the events that are sent. @default counts nothing */
  readonly meter?: Pick<SubscriberMeter, 'sent'> | undefined;
}

type Stream<E> = Promise<TrackedEvents<E>>;

/** The two subscriptions. Their input is validated before they start. */
export interface Subscriptions {
  run(input: EventsInput, caller: SubscribingCaller, signal: AbortSignal | undefined): Stream<RunEvent>;
  feed(input: FeedInput, caller: SubscribingCaller, signal: AbortSignal | undefined): Stream<FeedEvent>;
  /** The present end of the feed. */
  feedCursor(): Promise<string>;
}

export function createSubscriptions(options: SubscriptionsOptions): Subscriptions {
  const { runs, log, tails, access, heartbeatMs = 1000, mergeWindowMs = () => 0 } = options;
  const onSent = options.meter?.sent;
  const parts: RunSubscriptionParts = { log, tails, runs, heartbeatMs, mergeWindowMs, onSent };

  /** @returns closes it; idempotent. @throws StagewireError OVERLOADED */
  function open({ principal, connection }: SubscribingCaller, kind: SubscriptionKind): () => void {
    if (options.limits === undefined) return connection.openSubscription(kind);
    const release = options.limits.holdSubscription(principal.owner);
    try {
      const close = connection.openSubscription(kind);
      return () => {
        close();
        release();
      };
    } catch (error) {
      release();
      throw error;
    }
  }

  return {
    async run(input, caller, signal = neverAborted()) {
      const { principal } = caller;
      const close = open(caller, 'run');
      try {
        await access.requireRun({ principal, procedure: 'runs.events' }, input.runId);
        const subscription = new RunSubscription(parts, { input, caller, signal });
        return trackedEvents<RunEvent>(await subscription.start(), close, subscription);
      } catch (error) {
        close();
        throw error;
      }
    },

    async feed(input, caller, signal = neverAborted()) {
      const { lastEventId, labels, include } = input;
      const { principal, connection } = caller;
      const owners = access.requireOwners({ principal, procedure: 'runs.feed' }, input.owner);
      const close = open(caller, 'feed');
      try {
        const stepsFrom = async (cursor: string | null | undefined) => {
          const after = await globalPositionOfCursor(log, cursor);
          return subscribeToFeed(tails, {
            owners,
            text: include?.text ?? false,
            signal,
            ready: (reader) => connection.ready(reader),
            ...(after === undefined ? {} : { after }),
            ...(labels === undefined ? {} : { labels }),
          });
        };
        const accessCheck = new AccessCheck(caller, { owners });
        return trackedEvents<FeedEvent, SequencedFeedEvent>(await stepsFrom(lastEventId), close, {
          check: () => accessCheck.check(),
          onSent,
          async resume(last, lastKept) {
            if (last !== undefined && last.sentUpTo > lastKept) throw wireErrors.CURSOR_INVALID.lostFeed();
            return stepsFrom(last?.cursor ?? lastEventId);
          },
        });
      } catch (error) {
        close();
        throw error;
      }
    },

    async feedCursor() {
      const globalPosition = await log.lastGlobalPosition();
      return formatFeedCursor({ incarnation: log.incarnationAt(globalPosition), globalPosition });
    },
  };
}

/** @throws StagewireError CURSOR_INVALID: of another kind, ahead of the log, or of events that it has lost. */
async function globalPositionOfCursor(
  log: EventLog,
  cursor: string | null | undefined,
): Promise<number | undefined> {
  if (cursor === undefined || cursor === null) return undefined;
  const mark = parseFeedCursor(cursor);
  if (mark === undefined) throw wireErrors.CURSOR_INVALID.feed();
  if (!(await log.reaches(mark))) throw wireErrors.CURSOR_INVALID.lostFeed();
  return mark.globalPosition;
}

/** For callers inside the process without a signal. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
