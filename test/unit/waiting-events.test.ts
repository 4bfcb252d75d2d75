import { fold, isDelta, mergeDeltas, type DurableEvent, type RunState } from '@stagewire/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { feedEvents } from '../../client/streams/feed-events.ts';
import type { SubscriptionTransport, SubscriptionCallbacks } from '../../client/streams/resume.ts';
import { runBuffering } from '../../client/streams/run-events.ts';
import { createSession } from '../../client/transport/session.ts';
import { createStarts } from '../../client/transport/starts.ts';
import { createEventBuffer } from '../../client/streams/event-buffer.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

const feedWaiting = {
  merge: (waiting: DurableEvent, next: DurableEvent): DurableEvent | undefined => mergeDeltas(waiting, next),
  subjectOf: ({ runId }: DurableEvent) => runId,
};

function begun(count: number) {
  const scripts = Array.from({ length: count }, (_, index) => createRunScript(runIdOf(index + 1)));
  for (const script of scripts) script.begin();
  return scripts;
}

describe('events that wait for a slow reader of the feed', () => {
  test('are one per run, however much text comes between two other events', () => {
    const waiting = createEventBuffer(feedWaiting);
    const runs = begun(50);
    for (let round = 0; round < 400; round += 1) {
      for (const run of runs) for (const event of run.deltas('word ').events) waiting.push(event, 'feed-200');
    }
    expect(waiting.length).toBe(50);
    for (const { runId } of runs) {
      const event = { runId, firstSeq: 5, seq: 404, text: 'word '.repeat(400) };
      expect(waiting.shift()).toMatchObject({ cursor: 'feed-200', event });
    }
    expect(waiting.chars).toBe(0);
  });

  test('stay where they are when an event of another run is between', () => {
    const waiting = createEventBuffer(feedWaiting);
    const [one, other] = begun(2) as [Script, Script];
    const push = (events: readonly DurableEvent[], cursor: string) => {
      for (const event of events) waiting.push(event, cursor);
    };
    push(one.deltas('a', 'b').events, 'feed-8');
    push(other.nextAttempt({ keep: false }).events, 'feed-12');
    push(one.deltas('c').events, 'feed-12');
    push(other.deltas('x').events, 'feed-12');
    push(one.deltas('d').events, 'feed-12');
    const left = Array.from({ length: waiting.length }, () => waiting.shift());
    expect(left.map((entry) => [entry?.cursor, textOf(entry?.event)])).toEqual([
      ['feed-8', 'ab'],
      ['feed-12', 'stage.interrupted'],
      ['feed-12', 'stage.started'],
      ['feed-12', 'cd'],
      ['feed-12', 'x'],
    ]);
  });

  test('are not merged into what the reader has been given', () => {
    const waiting = createEventBuffer(feedWaiting);
    const [one] = begun(1) as [Script];
    for (const event of one.deltas('a').events) waiting.push(event, 'feed-4');
    expect(textOf(waiting.shift()?.event)).toBe('a');
    for (const event of one.deltas('b').events) waiting.push(event, 'feed-4');
    expect(textOf(waiting.shift()?.event)).toBe('b');
    expect(waiting.shift()).toBeUndefined();
  });
});

test('of what only fills gaps in a run nothing waits once something stands behind it', () => {
  const waiting = createEventBuffer(runBuffering);
  const [run] = begun(1) as [Script];
  for (let round = 0; round < 100; round += 1) {
    for (const event of run.deltas('a').events) waiting.push(event, `at ${event.seq}`);
    const gap = { type: 'stage.waiting', stage: 1, attempt: 1, phase: 'stalled', elapsedMs: 1 };
    const filler = { ...gap, runId: run.runId, seq: run.seq, at: new Date(0).toISOString() };
    waiting.push(filler as never, `at ${run.seq}`);
  }
  expect(waiting.length).toBe(2);
  expect(waiting.shift()).toMatchObject({ cursor: 'at 104', event: { text: 'a'.repeat(100), firstSeq: 5 } });
  expect(waiting.shift()).toMatchObject({ event: { type: 'stage.waiting' } });
  expect(waiting.chars).toBe(0);
});

const runCount = 4;
const maxWaitingChars = 2000;
const step = fc.oneof(
  { weight: 6, arbitrary: says() },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('attempt'), run: fc.nat(runCount - 1), keep: fc.boolean() }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('send'),
      count: fc.integer({ min: 1, max: 12 }),
      merging: fc.nat(3),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('read'), count: fc.integer({ min: 1, max: 6 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('lose') }) },
);

function says() {
  const texts = fc.array(fc.string({ maxLength: 200, size: 'max' }), { minLength: 1, maxLength: 8 });
  return fc.record({ do: fc.constant('say'), run: fc.nat(runCount - 1), texts });
}

test('a reader of the feed, however slow, gets what folds to each run, at a cursor that is never ahead of it', async () => {
  let goingsOn = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async (steps) => {
      const wire = createScriptedFeed();
      const runs = Array.from({ length: runCount }, (_, index) => createRunScript(runIdOf(index + 1)));
      for (const run of runs) wire.commit(run.begin().events);
      const feed = feedEvents(wire.source, { lastEventId: 'feed-0', include: { text: true } });
      const read: DurableEvent[] = [];
      let asked: Promise<void> | undefined;
      const readOne = async () => {
        asked ??= feed.next().then(({ value }) => {
          asked = undefined;
          read.push(value as DurableEvent);
          expectAllUpTo(feed.cursor ?? '', wire.committed, read);
        });
        const came = asked;
        await Promise.race([came, new Promise((resolve) => setImmediate(resolve))]);
      };
      for (const one of steps) {
        if ('texts' in one) wire.commit(runs[one.run]!.deltas(...one.texts).events);
        else if ('keep' in one) wire.commit(runs[one.run]!.nextAttempt({ keep: one.keep }).events);
        else if ('merging' in one) {
          wire.send(one.count, one.merging);
          const unread = charsOfText(wire.sent()) - charsOfText(read);
          // Above the bound there is no subscription on which more could come.
          if (wire.isAsked) expect(unread).toBeLessThanOrEqual(maxWaitingChars);
        } else if ('count' in one) for (let count = 0; count < one.count; count += 1) await readOne();
        else wire.lose();
      }
      for (const run of runs) wire.commit(run.complete().events);
      let rounds = 0;
      while (read.filter(({ type }) => type === 'run.completed').length < runCount && rounds < 5000) {
        wire.send(50, 0);
        await readOne();
        rounds += 1;
      }

      goingsOn += wire.asked - 1;
      expect(places(read)).toEqual(places(wire.committed));
      for (const { runId } of runs) {
        const own = (events: readonly DurableEvent[]) =>
          events
            .filter((event) => event.runId === runId)
            .reduce<RunState | undefined>((state, event) => fold(state, event), undefined);
        expect(own(read)).toEqual(own(wire.committed));
      }
    }),
    { numRuns: 80, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true },
  );
  expect(goingsOn).toBeGreaterThan(100);
});

type Script = ReturnType<typeof createRunScript>;

function textOf(event: DurableEvent | undefined): string | undefined {
  return event !== undefined && isDelta(event) ? event.text : event?.type;
}

/** Characters of text. */
function charsOfText(events: readonly DurableEvent[]): number {
  return events.reduce((sum, event) => sum + (event?.type === 'stage.delta' ? event.text.length : 0), 0);
}

/** Everything but text, in order. */
function places(events: readonly DurableEvent[]): readonly string[] {
  return events.filter((event) => !isDelta(event)).map(({ runId, seq }) => `${runId} ${seq}`);
}

/** Whoever comes back with this cursor gets nothing again of what it stands for: so all of that must have been read. */
function expectAllUpTo(
  cursor: string,
  committed: readonly DurableEvent[],
  read: readonly DurableEvent[],
): void {
  const lastSeqs = new Map<string, number>();
  for (const { runId, seq } of read) lastSeqs.set(runId, seq);
  for (const { runId, seq } of committed.slice(0, Number(cursor.replace('feed-', '')))) {
    expect(lastSeqs.get(runId) ?? 0).toBeGreaterThanOrEqual(seq);
  }
}

/** A feed as the server serves it, sent when the test says so: text repeats the cursor last sent. */
function createScriptedFeed() {
  const committed: DurableEvent[] = [];
  const wasSent = new Set<DurableEvent>();
  const clock = createFakeClock();
  let asked = 0;
  let live: { readonly callbacks: SubscriptionCallbacks; position: number; cursor: string } | undefined;
  const session = createSession({
    clock,
    random: () => 0.5,
    backoff: {},
    wake: { on: () => () => {} },
  });
  const source: SubscriptionTransport = {
    session,
    starts: createStarts(),
    maxWaitingChars,
    refusal: () => undefined,
    isFinal: () => true,
    openTrouble: () => ({ set: () => {} }),
    subscribe(_path, input, callbacks) {
      const { lastEventId = 'feed-0' } = input as { lastEventId?: string };
      const mine = { callbacks, position: Number(lastEventId.replace('feed-', '')), cursor: lastEventId };
      live = mine;
      asked += 1;
      return {
        unsubscribe() {
          if (live === mine) live = undefined;
        },
      };
    },
  };
  return {
    source,
    committed,
    sent: () => [...wasSent],
    /** How often there has been a subscription. */
    get asked() {
      return asked;
    },
    get isAsked() {
      return live !== undefined;
    },
    commit: (events: readonly DurableEvent[]) => void committed.push(...events),
    /** Up to so many events, each with up to so many of its successors in one. */
    send(count: number, merging: number) {
      for (let left = count; left > 0; left -= 1) {
        if (live === undefined || live.position === committed.length) return;
        let event = committed[live.position] as DurableEvent;
        wasSent.add(event);
        live.position += 1;
        for (let more = merging; more > 0; more -= 1) {
          const next = committed[live.position];
          const merged = next && mergeDeltas(event, next);
          if (next === undefined || merged === undefined) break;
          wasSent.add(next);
          event = merged;
          live.position += 1;
        }
        if (!isDelta(event)) live.cursor = `feed-${live.position}`;
        live.callbacks.onData({ id: live.cursor, data: event });
      }
    },
    /** The server starts the subscription anew from the last cursor, as after a lost socket. */
    lose() {
      if (live !== undefined) live.position = Number(live.cursor.replace('feed-', ''));
    },
  };
}
