import { connect } from '@stagewire/client';
import { isTerminal } from '@stagewire/shared';
import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { codeOf } from './code-of.ts';
import { addressAt, type LoadAddress } from './load-address.ts';
import { createTappedWebSocket } from './tapped-web-socket.ts';

/** Subscribers to the feed, one per address, whose events must have the same order. */
export interface FeedComparison extends AsyncDisposable {
  /** Events of one feed that another one did not have at the same position. */
  readonly mismatches: number;
  /** How often a feed was resumed at another address. */
  readonly resumes: number;
  /** Adds a run whose events are compared; before its start. */
  expect(runId: string): void;
  /** Waits until all feeds have the end of these runs, or the time is over: then what is missing is a mismatch. */
  settle(runIds: ReadonlySet<string>, timeoutMs: number): Promise<void>;
}

export interface FeedComparisonOptions {
  readonly addresses: readonly LoadAddress[];
  readonly clock: Clock;
  /** After this a feed is resumed at the next address, with its cursor, in milliseconds. */
  readonly moveEveryMs: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Called with the code of the error that has ended a feed. */
  onError(code: string): void;
}

interface OneFeed {
  /** Events that another feed has not sent yet. */
  readonly ahead: string[];
  readonly ended: Set<string>;
}

const lookMs = 50;

/** With one address there is nothing to compare. */
export async function createFeedComparison(options: FeedComparisonOptions): Promise<FeedComparison> {
  const { addresses, clock, labels, moveEveryMs, onError } = options;
  await using opened = new AsyncDisposableStack();
  const expected = new Set<string>();
  const feeds: OneFeed[] = [];
  let mismatches = 0;
  let resumes = 0;
  const count = addresses.length > 1 ? addresses.length : 0;
  for (let number = 0; number < count; number += 1) await subscribe(number);
  const kept = opened.move();

  async function subscribe(number: number): Promise<void> {
    const feed: OneFeed = { ahead: [], ended: new Set() };
    feeds.push(feed);
    let connections = 0;
    const socket = createTappedWebSocket({
      clock,
      onOpen() {
        connections += 1;
        if (connections > 1) resumes += 1;
      },
      addressOf: () => addressAt(addresses, number + connections).url,
    });
    const { url, token } = addressAt(addresses, number);
    const client = opened.use(
      connect({ url, token, WebSocket: socket.WebSocket, clientName: 'stagewire-load' }),
    );
    const stop = new AbortController();
    const first = Promise.withResolvers<void>();
    const reading = (async () => {
      try {
        for await (const event of client.feed({ labels, signal: stop.signal })) {
          if (event.type === 'feed.opened') first.resolve();
          else if (expected.has(event.runId)) take(feed, event);
        }
      } catch (error) {
        if (!stop.signal.aborted) onError(codeOf(error));
        first.reject(error);
      }
    })();
    let cancel = () => {};
    const move = () => {
      cancel = clock.after(moveEveryMs, () => {
        socket.drop();
        move();
      });
    };
    opened.defer(async () => {
      cancel();
      stop.abort();
      await reading;
    });
    await first.promise;
    move();
  }

  function take(
    feed: OneFeed,
    event: { readonly type: string; readonly runId: string; readonly seq: number },
  ): void {
    feed.ahead.push(`${event.runId} ${event.seq} ${event.type}`);
    if (isTerminal(event)) feed.ended.add(event.runId);
    while (feeds.every(({ ahead }) => ahead.length > 0)) {
      const heads = feeds.map(({ ahead }) => ahead.shift());
      if (new Set(heads).size > 1) mismatches += 1;
    }
  }

  return {
    expect: (runId) => void expected.add(runId),
    async settle(runIds, timeoutMs) {
      const untilMs = clock.elapsed() + timeoutMs;
      const isSettled = () =>
        feeds.every(({ ended, ahead }) => ahead.length === 0 && [...runIds].every((id) => ended.has(id)));
      while (!isSettled() && clock.elapsed() < untilMs) await wait(clock, lookMs);
      mismatches += Math.max(0, ...feeds.map(({ ahead }) => ahead.length));
    },
    get mismatches() {
      return mismatches;
    },
    get resumes() {
      return resumes;
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
