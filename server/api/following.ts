import type { EventsInput, FeedEvent, FeedInput, RunEvent } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import type { TrackedEnvelope } from '@trpc/server';
import type { EventLog } from '../log/event-log.ts';
import { formatFeedCursor, parseFeedCursor } from '../delivery/feed-cursor.ts';
import { followFeed } from '../delivery/follow-feed.ts';
import { follow } from '../delivery/follow.ts';
import type { Tails } from '../delivery/tails.ts';
import type { Asker, Runs } from '../runs/runs.ts';
import type { Connection } from './context.ts';
import { startOfStream } from './cursor-check.ts';
import { trackedSteps } from '../delivery/tracked-steps.ts';

export interface FollowingOptions {
  readonly runs: Runs;
  readonly log: EventLog;
  readonly tails: Tails;
  /** @default 1000 */
  readonly heartbeatMs?: number;
  /** How long a delta is held back to be merged with the next ones, asked each time. @default 0 */
  readonly mergeWindowMs?: () => number;
}

interface Follower {
  readonly asker: Asker;
  readonly connection: Connection;
}

type Stream<E> = Promise<AsyncIterable<TrackedEnvelope<E>, void, unknown>>;

/** The two subscriptions. What is wrong with their input is told before they start. */
export interface Following {
  run(input: EventsInput, follower: Follower, signal: AbortSignal | undefined): Stream<RunEvent>;
  feed(input: FeedInput, follower: Follower, signal: AbortSignal | undefined): Stream<FeedEvent>;
  /** Where the feed goes on from just now. */
  feedCursor(): Promise<string>;
}

export function createFollowing(options: FollowingOptions): Following {
  const { runs, log, tails, heartbeatMs = 1000, mergeWindowMs = () => 0 } = options;

  return {
    async run(input, { asker, connection }, signal = neverAborted()) {
      const { runId, lastEventId, include } = input;
      const close = connection.openSubscription();
      try {
        const start = await startOfStream(log, { runId, owner: asker.owner }, lastEventId);
        const steps = follow(tails, {
          runId,
          ...start,
          include: { reasoning: include?.reasoning ?? true },
          signal,
          heartbeatMs,
          waiting: () => runs.waiting(runId),
          ready: connection.ready,
          window: mergeWindowMs,
        });
        return trackedSteps(steps, close);
      } catch (error) {
        close();
        throw error;
      }
    },

    async feed(input, { asker, connection }, signal = neverAborted()) {
      const { lastEventId, labels, include } = input;
      const close = connection.openSubscription();
      try {
        const after = await orderOfCursor(log, lastEventId);
        const steps = followFeed(tails, {
          owner: asker.owner,
          text: include?.text ?? false,
          signal,
          ready: connection.ready,
          ...(after === undefined ? {} : { after }),
          ...(labels === undefined ? {} : { labels }),
        });
        return trackedSteps(steps, close);
      } catch (error) {
        close();
        throw error;
      }
    },

    feedCursor: async () => formatFeedCursor(await log.lastOrder()),
  };
}

/** @throws StagewireError CURSOR_INVALID: of another kind, or ahead of the log. */
async function orderOfCursor(log: EventLog, cursor: string | null | undefined): Promise<number | undefined> {
  if (cursor === undefined || cursor === null) return undefined;
  const order = parseFeedCursor(cursor);
  if (order === undefined || order > (await log.lastOrder())) throw wireErrors.CURSOR_INVALID.feed();
  return order;
}

/** For a caller inside the process that gives no signal of its own. */
function neverAborted(): AbortSignal {
  return new AbortController().signal;
}
