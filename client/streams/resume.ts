import { StagewireError } from '@stagewire/shared';
import type { Unsubscribable } from '@trpc/server/observable';
import { StagewireClientError } from '../transport/client-error.ts';
import { closedError, type Session } from '../transport/session.ts';
import type { Starts } from '../transport/starts.ts';
import { parseError } from '../transport/parse-error.ts';

/** How a subscription is made: over the shared socket. */
export interface SubscriptionTransport {
  readonly session: Session;
  readonly starts: Starts;
  /** The buffer limit of one reader with its own subscription, in chars. */
  readonly maxWaitingChars: number;
  /**
   * The error with which the server rejects this client permanently; then the client does not subscribe again. For a
   * new subscription (`isNew`) the cause may be gone: the token may have changed.
   */
  refusal(isNew: boolean): StagewireError | StagewireClientError | undefined;
  /** Whether this error is permanent. It is not if the next socket will send another token. */
  isFinal(refusal: StagewireError | StagewireClientError): boolean;
  /** Returns a place for the temporary error of one subscription, while it is retried. */
  openTrouble(): Trouble;
  subscribe(
    path: 'runs.events' | 'runs.feed',
    input: object,
    callbacks: SubscriptionCallbacks,
  ): Unsubscribable;
}

/** The temporary error of one subscription. */
export interface Trouble {
  set(error: StagewireError | StagewireClientError | undefined): void;
}

export interface SubscriptionCallbacks {
  onData(tracked: unknown): void;
  onError(error: unknown): void;
  /** The server has sent that the subscription is complete. */
  onStopped(): void;
  /** The subscription is complete, for whatever reason. */
  onComplete(): void;
}

export interface ResumeOptions {
  readonly path: 'runs.events' | 'runs.feed';
  readonly input: object;
  /** The cursor to resume after. */
  readonly from?: string | undefined;
  /**
   * - `seen`: a duplicate, so it is no sign of progress
   * - `gap`: events before this one are missing; the client resubscribes from the last cursor
   * - `odd`: not an event of the protocol; a retry would return it again
   */
  onEvent(event: unknown, cursor: string): 'more' | 'seen' | 'end' | 'gap' | 'odd';
  /** Whether the stream ends if the server completes it without a terminal event. */
  readonly endsWithServer: boolean;
  /** Called once: after `end`, or with the error that ended the subscription. */
  onEnd(error?: Error): void;
}

/** The maximum number of times in a row that the same gap, or a defect of the server, is retried. */
const maxFailures = 5;

/**
 * Subscribes until the end, across lost sockets. tRPC itself resumes from the last cursor when a socket is lost; this
 * adds what it leaves to its caller: a retry after an error whose result is unknown, or that is temporary (a draining
 * or overloaded server, a run whose start is pending). Returns a function that stops.
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
  /** The run was not found, but this client is starting it: the subscription was only too early. */
  const isBeforeStart = (verdict: Error | undefined): boolean => {
    if (!(verdict instanceof StagewireError) || verdict.code !== 'RUN_NOT_FOUND' || runId === undefined)
      return false;
    const pendingStart = starts.pending(runId);
    // This error may be older than the reply to the start, which used another connection.
    if (pendingStart === undefined && (wasMissing || !starts.isAccepted(runId))) return false;
    wasMissing = true;
    dispose();
    void (pendingStart ?? Promise.resolve()).then(() => {
      if (!over) open();
    });
    return true;
  };

  const take = (tracked: unknown) => {
    const entry = trackedEntry(tracked);
    if (entry === undefined) return finish(malformedError(cursor));
    const verdict = options.onEvent(entry.event, entry.cursor);
    if (verdict === 'odd') return finish(malformedError(cursor));
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
            // Rethrown, it would end in the handler of the socket, where no code can catch it.
            finish(malformedError(cursor, error));
          }
        },
        onError(error) {
          if (!mine.live) return;
          const verdict = parseError(error);
          if (isBeforeStart(verdict)) return;
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
  return new StagewireClientError('BROKEN_STREAM', `Events are repeatedly missing ${placeOf(cursor)}.`);
}

function malformedError(cursor: string | undefined, cause?: unknown): StagewireClientError {
  const message = `The message ${placeOf(cursor)} is not an event of this protocol. Check the url given to connect().`;
  return new StagewireClientError('BROKEN_STREAM', message, { cause });
}

function placeOf(cursor: string | undefined): string {
  return cursor === undefined
    ? 'at the beginning of the event stream'
    : `after the cursor ${cursor.slice(0, 200)}`;
}
