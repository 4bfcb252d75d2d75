import fc from 'fast-check';
import { StagewireError, type FeedEvent, type RunEvent } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { createSubscriptions } from '../../server/api/subscriptions.ts';
import { parseFeedCursor } from '../../server/delivery/feed-cursor.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { localPrincipal } from '../../server/identity/principal.ts';
import { LogUnavailable } from '../../server/log/event-log.ts';
import { createFakeClock, type FakeClock } from '../support/fake-clock.ts';
import {
  createForkModel,
  isBefore,
  type Committed,
  type ForkModel,
  type ForkNode,
} from '../support/fork-model.ts';
import { queuedBody, runIdOf } from '../support/run-script.ts';

// The law of forks: after the event of its cursor, a subscriber never gets one that does not follow it in the history that it
// has seen. And only those whose event is lost are rejected.
// Seen red with: a feed cursor without its incarnation; a run cursor without the instant of its event; tails that are not
// forked; notifications that are not rewound; a text subscriber that is not asked how far its text was.

type Subscriptions = ReturnType<typeof createSubscriptions>;

function subscriptionsOf(node: ForkNode, clock: FakeClock): Subscriptions {
  return createSubscriptions({
    log: node.log,
    tails: createTails(node.log, { clock, maxEntries: 4, pageEntries: 2 }),
    runs: { heartbeat: () => undefined } as never,
    access: { requireRun: () => Promise.resolve(), requireOwners: () => ['local'] } as never,
    heartbeatMs: 1e9,
  });
}

interface Follower {
  connect(subscriptions: Subscriptions): void;
  disconnect(): void;
  readonly broken: readonly string[];
  readonly counts: { events: number; rejected: number; resumed: number };
  /** Is its last event in the database, and has it everything that follows? */
  isComplete(): boolean;
}

function createFollower(
  what: { readonly runId?: string; readonly text?: boolean; readonly isPushed?: boolean },
  model: ForkModel,
): Follower {
  const { runId, text = false, isPushed = false } = what;
  const broken: string[] = [];
  const counts = { events: 0, rejected: 0, resumed: 0 };
  const isWanted = ({ event }: Committed) =>
    runId === undefined ? text || event.type !== 'stage.delta' : event.runId === runId;
  let cursor: string | undefined;
  /** The latest that it has got; `undefined` if it is to get everything. */
  let last: Committed | undefined;
  let hasBegun = false;
  let isOpened = false;
  let leaving: AbortController | undefined;

  /** In the history of an event, what it should have got between its last one and this. */
  function missedBefore(entry: Committed): readonly Committed[] {
    const missed: Committed[] = [];
    for (let at = entry.parent; at !== undefined && at !== last; at = at.parent) {
      if (isWanted(at)) missed.push(at);
    }
    return missed;
  }

  function take(event: RunEvent | FeedEvent, at: string): void {
    cursor = at;
    isOpened = false;
    if (event.type === 'feed.opened') {
      hasBegun = true;
      const mark = parseFeedCursor(at);
      last = mark && model.at(mark);
      // After a fork it may be a position that was skipped, and is lost with the next one.
      isOpened = true;
      return;
    }
    const ids = event.type === 'stage.delta' ? event.text.split(';').filter((id) => id !== '') : [];
    const got = ids.length > 0 ? ids.map((id) => model.of(tokens.get(id) ?? {})) : [model.of(event)];
    for (const entry of got) {
      if (entry === undefined) return void broken.push(`${event.type} was never committed`);
      counts.events += 1;
      if (last !== undefined && !isBefore(last, entry)) {
        // Text of several runs is not in the order of the commits, and may come again.
        if (text && isBefore(entry, last)) continue;
        broken.push(`${entry.event.type} at ${entry.globalPosition} does not follow what it has`);
      } else if (!text && (hasBegun || runId !== undefined) && missedBefore(entry).length > 0) {
        broken.push(`${entry.event.type} at ${entry.globalPosition} came without those before it`);
      }
      last = entry;
      hasBegun = true;
    }
  }

  function onRejected(error: unknown): void {
    if (error instanceof LogUnavailable) return;
    if (!(error instanceof StagewireError)) throw error;
    if (error.code !== 'CURSOR_INVALID' && error.code !== 'RUN_NOT_FOUND') throw error;
    counts.rejected += 1;
    const isKept = last !== undefined && model.last !== undefined && isBefore(last, model.last);
    if (isKept && !text && !isOpened)
      broken.push(`it was rejected with ${error.code}, and its event is there`);
    cursor = undefined;
    last = undefined;
    hasBegun = false;
  }

  async function follow(subscriptions: Subscriptions, signal: AbortSignal): Promise<void> {
    if (cursor !== undefined) counts.resumed += 1;
    const subscriber = {
      principal: localPrincipal,
      identity: { caller: { status: 'identified', principal: localPrincipal } },
      connection: { ready: () => undefined, openSubscription: () => () => undefined },
    } as never;
    const lastEventId = cursor;
    const events =
      runId === undefined
        ? await subscriptions.feed({ lastEventId, include: { text } }, subscriber, signal)
        : await subscriptions.run({ runId, lastEventId }, subscriber, signal);
    const takeOpen = (at: string, event: RunEvent | FeedEvent) => {
      if (!signal.aborted) take(event, at);
    };
    if (isPushed) events.pushTo(takeOpen);
    for await (const [at, event] of events) takeOpen(at, event);
  }

  return {
    broken,
    counts,
    connect(subscriptions) {
      if (leaving !== undefined) return;
      const own = new AbortController();
      leaving = own;
      follow(subscriptions, own.signal)
        .catch((error: unknown) => {
          if (!own.signal.aborted) onRejected(error);
        })
        .finally(() => {
          if (leaving === own) leaving = undefined;
        })
        .catch((error: unknown) => broken.push(String(error)));
    },
    disconnect() {
      leaving?.abort();
      leaving = undefined;
    },
    isComplete() {
      const wanted = model.entries().filter(isWanted).at(-1);
      if (wanted === undefined || !hasBegun) return true;
      return last !== undefined && (last === wanted || isBefore(wanted, last));
    },
  };
}

const tokens = new Map<string, object>();

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('append' as const),
      node: fc.nat(2),
      run: fc.nat(2),
      isText: fc.boolean(),
      recovers: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constantFrom('connect' as const, 'disconnect' as const),
      node: fc.nat(2),
      who: fc.nat(10),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom('deaf' as const, 'hear' as const, 'renew' as const, 'pass' as const),
      node: fc.nat(2),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('backUp' as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('restore' as const),
      which: fc.double({ min: 0, max: 0.999, noNaN: true }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
);

test('a subscriber never gets an event that does not follow what it has seen, whatever the log has lost', async () => {
  const total = { events: 0, rejected: 0, resumed: 0 };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 40, maxLength: 150, size: 'max' }), async (steps) => {
      const clock = createFakeClock();
      const model = createForkModel({ clock });
      const nodes = [model.join(), model.join(), model.join()];
      const served = nodes.map((node) => subscriptionsOf(node, clock));
      const followers = [
        ...[0, 1, 2].flatMap((run) => [
          createFollower({ runId: runIdOf(run) }, model),
          createFollower({ runId: runIdOf(run), isPushed: true }, model),
        ]),
        createFollower({}, model),
        createFollower({}, model),
        createFollower({}, model),
        // Never disconnected: the cursor of a text subscriber does not say how far its text was.
        createFollower({ text: true }, model),
        createFollower({ text: true }, model),
      ];
      let tokenCount = 0;
      const append = async (one: { node: number; run: number; isText: boolean; recovers: boolean }) => {
        const runId = runIdOf(one.run);
        const at = new Date(clock.now()).toISOString();
        const run = model.entries().filter(({ event }) => event.runId === runId);
        const epoch = (run.at(-1)?.epoch ?? 1) + (one.recovers && run.length > 0 ? 1 : 0);
        await nodes[one.node]?.append(
          runId,
          (seq) => {
            if (seq === 1) return { ...queuedBody(), runId, seq, at };
            if (!one.isText) return { type: 'run.planned', roles: ['coder'], cause: 'start', runId, seq, at };
            const token = `t${(tokenCount += 1)}`;
            const event = {
              type: 'stage.delta',
              stage: 1,
              role: 'coder',
              attempt: 1,
              offset: 0,
              text: `${token};`,
              runId,
              seq,
              at,
            } as const;
            tokens.set(token, event);
            return event;
          },
          epoch,
        );
      };
      for (const one of steps) {
        // Of two events one is later, also where one of them is lost.
        await clock.advance(1);
        switch (one.do) {
          case 'append':
            await append(one);
            break;
          case 'connect':
            if (one.who < 9) followers[one.who]?.disconnect();
            await clock.runTurns();
            followers[one.who]?.connect(served[one.node] as Subscriptions);
            break;
          case 'disconnect':
            if (one.who < 9) followers[one.who]?.disconnect();
            break;
          case 'deaf':
          case 'hear':
            (nodes[one.node] as ForkNode).isDeaf = one.do === 'deaf';
            break;
          case 'renew':
            await nodes[one.node]?.catchUp();
            break;
          // As long as text is coalesced.
          case 'pass':
            await clock.advance(300);
            break;
          case 'restore':
            model.restore(one.which);
            break;
          default:
            model[one.do]();
        }
        await clock.runTurns();
      }
      // In the end all nodes and all subscribers come back.
      for (const [index, follower] of followers.entries())
        follower.connect(served[index % 3] as Subscriptions);
      for (let round = 0; round < 4; round += 1) {
        for (const node of nodes) {
          node.isDeaf = false;
          await node.connect();
          await node.catchUp();
        }
        await clock.advance(300);
        for (const [index, follower] of followers.entries())
          follower.connect(served[index % 3] as Subscriptions);
      }
      for (const follower of followers) {
        expect(follower.broken).toEqual([]);
        expect(follower.isComplete()).toBe(true);
        for (const name of ['events', 'rejected', 'resumed'] as const) total[name] += follower.counts[name];
        follower.disconnect();
      }
      await clock.runTurns();
    }),
    { numRuns: 100, seed: 20261128 },
  );
  expect(total.rejected).toBeGreaterThan(50);
  expect(total.resumed).toBeGreaterThan(100);
  expect(total.events).toBeGreaterThan(1000);
});
