import { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import { StagewireClientError } from '../transport/client-error.ts';
import { closedError, type Session } from '../transport/session.ts';
import type { Starts } from '../transport/starts.ts';
import { parseError } from '../transport/parse-error.ts';

/** How a subscription is asked for: over the shared socket. */
export interface SubscriptionTransport {
  readonly session: Session;
  readonly starts: Starts;
  /** How much one reader of a subscription of its own may leave unread. */
  readonly maxWaitingChars: number;
  /**
   * Why the server does not want this client any more; then nothing is asked for again. Somebody who asks for the
   * first time (`isNew`) may find the reason gone: a token can be another one by now.
   */
  refusal(isNew: boolean): StagewireError | StagewireClientError | undefined;
  /** Does this refusal stay, or will the next socket come with another token? */
  isFinal(refusal: StagewireError | StagewireClientError): boolean;
  /** A place to say why a subscription gets nothing for now, though it is asked for again. */
  openTrouble(): Trouble;
  subscribe(
    path: 'runs.events' | 'runs.feed',
    input: object,
    callbacks: SubscriptionCallbacks,
  ): Unsubscribable;
}

/** Why one subscription gets nothing for now. */
export interface Trouble {
  set(error: StagewireError | StagewireClientError | undefined): void;
}

export interface SubscriptionCallbacks {
  onData(tracked: unknown): void;
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
  /**
   * - `seen`: it has come before, so it is no sign that the stream goes on
   * - `gap`: something is missing before this event; it is asked for again from the last cursor
   * - `odd`: it is no event at all, and asking again would only bring it again
   */
  onEvent(event: unknown, cursor: string): 'more' | 'seen' | 'end' | 'gap' | 'odd';
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
 * pass (a draining or overloaded server, a run whose start is under way). Returns the way to stop.
 */
export function resume(source: SubscriptionTransport, options: ResumeOptions): () => void {
  const { session, starts } = source;
  const { runId } = options.input as { readonly runId?: string };
  const trouble = source.openTrouble();
  let cursor = options.from;
  let failures = 0;
  let isNew = true;
  let wasMissing = false;
  let over = false;
  let subscription: { live: boolean; handle?: Unsubscribable } = { live: false };
  let cancelWait = () => {};
  const offClose = session.whenClosed(() => finish(closedError()));

  const dispose = () => {
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
    trouble.set(undefined);
    offClose();
    cancelWait();
    dispose();
  };
  const again = (why: StagewireError | StagewireClientError | undefined) => {
    dispose();
    const tooOften = failures >= maxFailures && (why instanceof StagewireClientError || isDefect(why));
    if (why !== undefined && tooOften) return finish(why);
    if (why !== undefined) trouble.set(why);
    cancelWait = session.pause(session.backoffMs(failures), open);
    failures += 1;
  };
  /** The run is not there, and this very client starts it: whoever follows it was only too early. */
  const isTooEarly = (verdict: Error | undefined): boolean => {
    if (!(verdict instanceof StagewireError) || verdict.code !== 'RUN_NOT_FOUND' || runId === undefined)
      return false;
    const underWay = starts.underWay(runId);
    // The refusal may be older than the answer to the start, which came over another connection.
    if (underWay === undefined && (wasMissing || !starts.isAccepted(runId))) return false;
    wasMissing = true;
    dispose();
    void (underWay ?? Promise.resolve()).then(() => {
      if (!over) open();
    });
    return true;
  };

  const take = (tracked: unknown) => {
    const entry = trackedEntry(tracked);
    if (entry === undefined) return finish(oddError(cursor));
    const verdict = options.onEvent(entry.event, entry.cursor);
    if (verdict === 'odd') return finish(oddError(cursor));
    if (verdict === 'gap') return again(gapError(cursor));
    trouble.set(undefined);
    ({ cursor } = entry);
    if (verdict !== 'seen') failures = 0;
    if (verdict === 'end') finish();
  };

  const open = () => {
    const refusal = source.refusal(isNew);
    isNew = false;
    if (refusal !== undefined) return finish(refusal);
    const mine: typeof subscription = { live: true };
    subscription = mine;
    const handle = source.subscribe(
      options.path,
      { ...options.input, ...(cursor !== undefined && { lastEventId: cursor }) },
      {
        onData(tracked) {
          if (!mine.live) return;
          try {
            take(tracked);
          } catch (error) {
            // Thrown on, it would end in the handler of the socket, where nobody can catch it.
            finish(oddError(cursor, error));
          }
        },
        onError(error) {
          if (!mine.live) return;
          const verdict = parseError(error);
          if (isTooEarly(verdict)) return;
          const passes = verdict === undefined || (verdict instanceof StagewireError && verdict.retryable);
          if (passes || !source.isFinal(verdict)) again(verdict);
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

function trackedEntry(tracked: unknown): { readonly event: unknown; readonly cursor: string } | undefined {
  if (typeof tracked !== 'object' || tracked === null) return undefined;
  const { id, data } = tracked as { readonly id?: unknown; readonly data?: unknown };
  return typeof id === 'string' ? { event: data, cursor: id } : undefined;
}

function isDefect(error: Error | undefined): boolean {
  return error instanceof StagewireError && error.code === 'INTERNAL';
}

function gapError(cursor: string | undefined): StagewireClientError {
  return new StagewireClientError(
    'BROKEN_STREAM',
    `The event stream repeatedly has a gap ${placeOf(cursor)}.`,
  );
}

function oddError(cursor: string | undefined, cause?: unknown): StagewireClientError {
  const message =
    `The message ${placeOf(cursor)} is not an event of this protocol. ` +
    'Check that the url given to connect() is that of a Stagewire server.';
  return new StagewireClientError('BROKEN_STREAM', message, { cause });
}

function placeOf(cursor: string | undefined): string {
  return cursor === undefined ? 'at its beginning' : `after the cursor ${cursor.slice(0, 200)}`;
}
