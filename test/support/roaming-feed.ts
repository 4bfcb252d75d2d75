import { setTimeout as sleep } from 'node:timers/promises';
import type { FeedEvent } from '@stagewire/shared';
import { openFollowSocket, Refusal } from './follow-socket.ts';

/** A subscriber to the feed that resumes at the next address whenever it loses its connection. */
export interface RoamingFeed {
  /** Of each event its run and seq, in the order of their arrival. */
  readonly events: readonly string[];
  /** Ids of the runs that have ended. */
  readonly ended: ReadonlySet<string>;
  readonly resumes: number;
  /** A rejection that no retry can help. */
  readonly problem: string | undefined;
  /** Resolves when `feed.opened` has arrived. */
  readonly opened: Promise<void>;
  leave(): void;
}

const terminal = new Set(['run.completed', 'run.failed', 'run.cancelled']);

export function startRoamingFeed(ports: readonly number[], first: number): RoamingFeed {
  const events: string[] = [];
  const ended = new Set<string>();
  const opened = Promise.withResolvers<void>();
  const leaving = new AbortController();
  let cursor: string | undefined;
  let resumes = 0;
  let problem: string | undefined;

  const onEvent = (event: FeedEvent, at: string) => {
    cursor = at;
    if (event.type === 'feed.opened') return opened.resolve();
    if (!('seq' in event)) return;
    events.push(`${event.runId} ${event.seq}`);
    if (terminal.has(event.type)) ended.add(event.runId);
  };

  async function subscribe(): Promise<void> {
    for (let round = first; !leaving.signal.aborted; round += 1) {
      const port = ports[round % ports.length] ?? 0;
      const socket = await openFollowSocket(port).catch(() => undefined);
      if (socket !== undefined) {
        leaving.signal.addEventListener('abort', () => socket.drop(), { once: true });
        if (cursor !== undefined) resumes += 1;
        const input = cursor === undefined ? {} : { lastEventId: cursor };
        await socket.feed(input, onEvent).catch((error: unknown) => {
          if (!(error instanceof Refusal) || error.retryable) return;
          problem = error.message;
          leaving.abort();
        });
        await socket[Symbol.asyncDispose]();
      }
      // As clients do between two tries.
      await sleep(50);
    }
  }

  void subscribe();
  return {
    events,
    ended,
    opened: opened.promise,
    leave: () => leaving.abort(),
    get resumes() {
      return resumes;
    },
    get problem() {
      return problem;
    },
  };
}
