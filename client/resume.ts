import { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import { StagewireClientError } from './client-error.ts';
import { closedError, type Session } from './session.ts';
import { verdictOf } from './verdict.ts';

/** How a subscription is asked for: over the shared socket. */
export interface EventSource {
  readonly session: Session;
  /** How much one reader of a subscription of its own may leave unread. */
  readonly maxWaitingChars: number;
  /** Why the server does not want this client any more; then nothing is asked for again. */
  refusal(): StagewireError | undefined;
  subscribe(
    path: 'runs.events' | 'runs.feed',
    input: object,
    callbacks: SubscriptionCallbacks,
  ): Unsubscribable;
}

export interface SubscriptionCallbacks {
  onData(tracked: { readonly id: string; readonly data: unknown }): void;
  onError(error: unknown): void;
  /** The server said that there will be no more. */
  onStopped(): void;
  /** There will be no more, for whatever reason. */
  onComplete(): void;
}

export interface ResumeOptions {
  readonly path: 'runs.events' | 'runs.feed';
  readonly input: object;
  /** The cursor to go on from. */
  readonly from?: string | undefined;
  /** `gap`: something is missing before this event; it is asked for again from the last cursor. */
  onEvent(event: unknown, cursor: string): 'more' | 'end' | 'gap';
  /** Is it the end, when the server says so without the event that ends a run? */
  readonly endsWithServer: boolean;
  /** Called once: after `end`, or with what makes it impossible to go on. */
  onEnd(error?: Error): void;
}

/** So many times in a row the same gap, or a server's defect, may come before it is given up. */
const maxFailures = 5;

/**
 * Follows until the end, whatever happens to the socket. tRPC itself goes on from the last cursor when a socket
 * is lost; this adds what it leaves to its caller: asking again after an error that is no verdict, or one that may
 * pass (a draining or overloaded server). Returns the way to stop.
 */
export function resume(source: EventSource, options: ResumeOptions): () => void {
  const { session } = source;
  let cursor = options.from;
  let failures = 0;
  let over = false;
  let subscription: { live: boolean; handle?: Unsubscribable } = { live: false };
  let cancelWait = () => {};
  const stay = session.whenClosed(() => finish(closedError()));

  const letGo = () => {
    subscription.live = false;
    subscription.handle?.unsubscribe();
  };
  const finish = (error?: Error) => {
    if (over) return;
    stop();
    options.onEnd(error);
  };
  const stop = () => {
    over = true;
    stay();
    cancelWait();
    letGo();
  };
  const again = (why: Error | undefined) => {
    letGo();
    const tooOften = failures >= maxFailures && (why instanceof StagewireClientError || isDefect(why));
    if (why !== undefined && tooOften) return finish(why);
    cancelWait = session.clock.after(session.backoffMs(failures), open);
    failures += 1;
  };

  const open = () => {
    const refusal = source.refusal();
    if (refusal !== undefined) return finish(refusal);
    const mine: typeof subscription = { live: true };
    subscription = mine;
    const handle = source.subscribe(
      options.path,
      { ...options.input, ...(cursor !== undefined && { lastEventId: cursor }) },
      {
        onData({ id, data }) {
          if (!mine.live) return;
          const verdict = options.onEvent(data, id);
          if (verdict === 'gap') return again(gapError(cursor));
          cursor = id;
          failures = 0;
          if (verdict === 'end') finish();
        },
        onError(error) {
          if (!mine.live) return;
          const verdict = verdictOf(error);
          const passes = verdict === undefined || (verdict instanceof StagewireError && verdict.retryable);
          if (passes) again(verdict);
          else finish(verdict);
        },
        onStopped() {
          if (mine.live && options.endsWithServer) finish();
        },
        onComplete() {
          if (mine.live) again(undefined);
        },
      },
    );
    mine.handle = handle;
    if (!mine.live) handle.unsubscribe();
  };

  if (session.closed) cancelWait = session.clock.after(0, () => finish(closedError()));
  else open();
  return stop;
}

function isDefect(error: Error | undefined): boolean {
  return error instanceof StagewireError && error.code === 'INTERNAL';
}

function gapError(cursor: string | undefined): StagewireClientError {
  const where = cursor === undefined ? 'at its beginning' : `after the cursor ${cursor}`;
  return new StagewireClientError(
    'BROKEN_STREAM',
    `The stream of events has a gap ${where}, again and again.`,
  );
}
