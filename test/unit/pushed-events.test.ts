import type { RunEvent } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { trackedEvents } from '../../server/delivery/tracked-events.ts';
import type { EventSink } from '../../server/delivery/tracked-events.ts';
import type { SequencedEvent } from '../../server/delivery/subscribe-options.ts';
import { createFollowing, runId, shown } from '../support/following.ts';

test('a subscriber that waits has an event before its append has ended, and nothing is yielded', async () => {
  const { run, append, start, clock, log } = createFollowing();
  await append(run.begin());
  const pushed = start({ pushed: true });
  const pulled = start();
  await clock.runTurns();
  const counts = () => [pushed.items.length, pulled.items.length];
  expect(counts()).toEqual([4, 4]);

  let atCommit: number[] = [];
  const unwatch = log.watch(runId, () => (atCommit = counts()));
  await append(run.deltas('a'));
  unwatch();
  expect(atCommit).toEqual([5, 4]);
  expect(counts()).toEqual([5, 5]);
  await append(run.deltas('b', 'c'), run.complete());
  expect(pushed.items.map(shown)).toEqual(pulled.items.map(shown));
  expect([pushed.isEnded, pulled.isEnded]).toEqual([true, true]);
});

test('a client that reads slowly is sent nothing until it is ready, and asked once', async () => {
  const { run, append, start, clock, log } = createFollowing();
  await append(run.begin());
  let asked = 0;
  const gate = Promise.withResolvers<void>();
  let isBackedUp = false;
  const reader = start({
    pushed: true,
    ready() {
      asked += isBackedUp ? 1 : 0;
      return isBackedUp ? gate.promise : undefined;
    },
  });
  await clock.runTurns();
  isBackedUp = true;
  for (const text of ['a', 'b', 'c']) await append(run.deltas(text));
  expect(reader.items).toHaveLength(4);
  isBackedUp = false;
  gate.resolve();
  await clock.runTurns();
  expect(reader.items.slice(4).map(shown)).toEqual(['5–7 abc']);
  expect(asked).toBe(1);
  let atCommit = 0;
  const unwatch = log.watch(runId, () => (atCommit = reader.items.length));
  await append(run.deltas('d'));
  unwatch();
  expect(reader.items.slice(5).map(shown)).toEqual(['8 d']);
  expect(atCommit).toBe(6);
  reader.abort();
});

test('with a window the deltas after the first are sent together, other events at once', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start({ pushed: true, window: () => 40 });
  await clock.advance(100);
  for (const text of ['a', 'b', 'c']) {
    await append(run.deltas(text));
    await clock.advance(10);
  }
  expect(reader.items.slice(4).map(shown)).toEqual(['5 a']);
  await clock.advance(20);
  expect(reader.items.slice(5).map(shown)).toEqual(['6–7 bc']);
  await append(run.deltas('d'));
  await append(run.next({ type: 'run.planned', roles: [], cause: 'review' }));
  expect(reader.items.slice(6).map(shown)).toEqual(['8 d', '9 run.planned']);
  reader.abort();
  await reader.ended;
  expect(clock.pendingTimers).toBe(0);
});

test('heartbeats are pushed after a silence, counted from the last pushed event', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start({ pushed: true });
  await clock.advance(900);
  await append(run.deltas('a'));
  await clock.advance(900);
  expect(reader.items.slice(4).map(shown)).toEqual(['5 a']);
  await clock.advance(100);
  expect(reader.items.slice(5).map(shown)).toEqual(['5 run.waiting']);
  reader.abort();
});

test('a receiver that fails ends the subscription with its error, is called no more, and disturbs no other', async () => {
  const { run, append, start, clock, counts } = createFollowing();
  await append(run.begin());
  let calls = 0;
  const sink: EventSink<SequencedEvent> = {
    receive({ event }) {
      calls += 1;
      if (event.type === 'stage.delta') throw new Error('the key was revoked');
    },
  };
  const failing = start({ sink });
  const other = start({ pushed: true });
  await clock.runTurns();
  const [failed] = await Promise.allSettled([failing.ended, append(run.deltas('a'), run.deltas('b'))]);
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'the key was revoked' } });
  expect(calls).toBe(5);
  await append(run.deltas('c'));
  expect(calls).toBe(5);
  expect(other.items.map(({ event }) => ('text' in event ? event.text : '')).join('')).toBe('abc');
  other.abort();
  await other.ended;
  expect([counts.watchers, clock.pendingTimers]).toEqual([0, 0]);
});

test('the first failure of a receiver is the one that ends it, whatever wakes the subscriber before it knows', async () => {
  const { run, append, start, clock, log, fork } = createFollowing();
  await append(run.begin());
  const receive = ({ event }: SequencedEvent) => {
    if (event.type === 'stage.delta') throw new Error('the key was revoked');
  };
  const failing = start({ sink: { receive } });
  await clock.runTurns();
  const unwatch = log.watch(runId, () => fork(0));
  const [failed] = await Promise.allSettled([failing.ended, append(run.deltas('a'))]);
  unwatch();
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'the key was revoked' } });
});

test('a log that forks is resumed, and its events are pushed on to the same receiver', async () => {
  const { run, append, fork, start, clock } = createFollowing();
  await append(run.begin());
  const sink: EventSink<SequencedEvent> = {};
  const received: string[] = [];
  const resumedAfter: (number | undefined)[] = [];
  const stepsAfter = (after: number) => {
    const reader = start({ after, sink });
    return { next: () => reader.ended.then(() => ({ done: true, value: undefined }) as const) };
  };
  const events = trackedEvents<RunEvent, SequencedEvent>(stepsAfter(0), () => undefined, {
    sink,
    resume(last) {
      resumedAfter.push(last?.event.seq);
      return Promise.resolve(stepsAfter(last?.event.seq ?? 0));
    },
  });
  events.pushTo((cursor) => received.push(cursor.split('-')[1] ?? ''));
  const ended = events.next();
  await clock.runTurns();
  await append(run.deltas('a'));
  fork(5);
  await clock.runTurns();
  await append(run.deltas('b'), run.complete());
  expect(await ended).toEqual({ done: true, value: undefined });
  expect(resumedAfter).toEqual([5]);
  expect(received).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
});
