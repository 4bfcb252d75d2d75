import { connect, isTerminal, type FeedEvent } from '@stagewire/client';
import type { Clock } from '@stagewire/server/runtime/clock';
import { wait } from '@stagewire/server/runtime/wait';
import { codeOf } from './code-of.ts';
import type { Figures } from './figures.ts';
import { addressAt, type LoadAddress } from './load-address.ts';
import type { LoadTransport } from './load-settings.ts';

export interface FeedSubscribersOptions {
  /** At least one; the subscribers use them in turn. */
  readonly addresses: readonly LoadAddress[];
  readonly count: number;
  readonly transport: LoadTransport;
  readonly clock: Clock;
  readonly nowMs: () => number;
  readonly labels: Readonly<Record<string, string>>;
  /** Where a run is counted; `undefined` if it is unknown. */
  readonly figuresOf: (runId: string) => Figures | undefined;
  /** Called with the code of the error that has ended a subscription. */
  onError(code: string): void;
}

/** Subscribers of the feed with the text of all runs of the test, as a dashboard or a bot has it. */
export interface FeedSubscribers extends AsyncDisposable {
  /** Adds a run before its start. */
  expect(runId: string, startedAtMs: number): void;
  /** Waits until all have the end of these runs, or the time is over, and counts what is missing. */
  settle(runIds: ReadonlySet<string>, timeoutMs: number): Promise<void>;
}

interface RunAtSubscriber {
  seq: number;
  hasEnded: boolean;
}

const lookMs = 50;

export async function createFeedSubscribers(options: FeedSubscribersOptions): Promise<FeedSubscribers> {
  const { addresses, count, transport, clock, nowMs, labels, figuresOf, onError } = options;
  await using opened = new AsyncDisposableStack();
  const startedAtMs = new Map<string, number>();
  const subscribers = Array.from({ length: count }, () => new Map<string, RunAtSubscriber>());
  for (const [number, runs] of subscribers.entries()) await subscribe(number, runs);
  const kept = opened.move();

  async function subscribe(number: number, runs: Map<string, RunAtSubscriber>): Promise<void> {
    const { url, token } = addressAt(addresses, number);
    const client = opened.use(connect({ url, token, transport, clientName: 'stagewire-load' }));
    const stop = new AbortController();
    const first = Promise.withResolvers<void>();
    const reading = (async () => {
      try {
        for await (const event of client.feed({ labels: { ...labels }, text: true, signal: stop.signal })) {
          if (event.type === 'feed.opened') first.resolve();
          else take(runs, event);
        }
      } catch (error) {
        if (!stop.signal.aborted) onError(codeOf(error));
        first.reject(error);
      }
    })();
    opened.defer(async () => {
      stop.abort();
      await reading;
    });
    await first.promise;
  }

  function take(
    runs: Map<string, RunAtSubscriber>,
    event: Exclude<FeedEvent, { readonly type: 'feed.opened' }>,
  ): void {
    const startedMs = startedAtMs.get(event.runId);
    const figures = figuresOf(event.runId);
    if (startedMs === undefined || figures === undefined || event.type === 'run.deleted') return;
    const run = runs.get(event.runId) ?? { seq: 0, hasEnded: false };
    runs.set(event.runId, run);
    figures.count('feed_events');
    if (event.type === 'run.queued') figures.trends.start_to_feed.record(nowMs() - startedMs);
    const firstSeq = event.firstSeq ?? event.seq;
    if (firstSeq <= run.seq) figures.count('feed_lost');
    run.seq = Math.max(run.seq, event.seq);
    if (isTerminal(event)) run.hasEnded = true;
  }

  return {
    expect: (runId, atMs) => void startedAtMs.set(runId, atMs),
    async settle(runIds, timeoutMs) {
      const untilMs = clock.elapsed() + timeoutMs;
      const missing = () =>
        subscribers.flatMap((runs) => [...runIds].filter((id) => runs.get(id)?.hasEnded !== true));
      while (missing().length > 0 && clock.elapsed() < untilMs) await wait(clock, lookMs);
      for (const runId of missing()) figuresOf(runId)?.count('feed_lost');
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
