import { getEventListeners } from 'node:events';
import fc from 'fast-check';
import { fold } from '@stagewire/shared';
import type { DurableEvent, RunState } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { formatFeedCursor, parseFeedCursor } from '../../server/delivery/feed-cursor.ts';
import { subscribeToFeed } from '../../server/delivery/subscribe-to-feed.ts';
import type { SequencedFeedEvent, SubscribeToFeedOptions } from '../../server/delivery/subscribe-to-feed.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { TailsOptions } from '../../server/delivery/tails.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createReader } from '../support/reader.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';

function setUp(options: Omit<TailsOptions, 'clock'> = {}) {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const tails = createTails(log, { clock, ...options });
  const append = async (...appends: Parameters<typeof log.append>[0][]) => {
    const all = Promise.all(appends.map((one) => log.append(one)));
    await clock.runTurns();
    await all;
    await clock.runTurns();
  };
  const start = (feed: Partial<SubscribeToFeedOptions> = {}) =>
    createReader<SequencedFeedEvent>(({ signal, ready }) =>
      subscribeToFeed(tails, { text: false, signal, ready, ...feed }),
    );
  const runs = [1, 2, 3].map((number) => createRunScript(runIdOf(number))) as [Script, Script, Script];
  return { clock, log, append, start, runs };
}
type Script = ReturnType<typeof createRunScript>;

/** That of the log of `setUp`. */
const incarnation = Date.parse('2026-01-01T00:00:00.000Z');
const cursorAt = (globalPosition: number) => formatFeedCursor({ incarnation, globalPosition });
const positionOf = (cursor = '') => parseFeedCursor(cursor)?.globalPosition;

const shown = ({ cursor, event }: SequencedFeedEvent) =>
  event.type === 'feed.opened'
    ? `${cursor} ${event.type}`
    : `feed-${positionOf(cursor)} ${event.runId.at(-1)}:${event.firstSeq === undefined ? '' : `${event.firstSeq}–`}${event.seq} ${event.type === 'stage.delta' ? event.text : event.type}`;

// With 64 entries per turn, whatever they were, a feed was 30 turns behind 2,000 tokens: seconds on a busy server.
test('deltas that a feed leaves out do not delay what it has', async () => {
  const { append, start, clock, log, runs } = setUp();
  await append(runs[0].begin());
  const reader = start();
  await clock.runTurns();
  let turns = 0;
  const countTurns = () => {
    turns += 1;
    if (reader.items.at(-1)?.event.type !== 'run.completed') clock.turn(countTurns);
  };
  const texts = Array.from({ length: 2000 }, (_, index) => `word ${index} `);
  const appended = [log.append(runs[0].deltas(...texts)), log.append(runs[0].complete())];
  countTurns();
  await clock.runTurns();
  await Promise.all(appended);
  expect(reader.items.at(-1)?.event.type).toBe('run.completed');
  expect(turns).toBeLessThan(6);
  reader.abort();
});

test('without a cursor the feed begins now and says where; then it shows all runs, without deltas and inputs', async () => {
  const { append, start, clock, runs } = setUp();
  await append(runs[0].begin());
  const reader = start();
  await clock.runTurns();
  expect(reader.items).toEqual([
    {
      cursor: cursorAt(4),
      event: { type: 'feed.opened', at: '2026-01-01T00:00:00.000Z', cursor: cursorAt(4) },
      sentUpTo: 4,
    },
  ]);
  await append(
    runs[0].deltas('a'),
    runs[1].begin(),
    runs[1].next({ type: 'input.recorded', path: 'a.ts', text: 'x' }),
    runs[1].reasoning('r'),
  );
  await append(runs[0].complete());
  expect(reader.items.slice(1).map(shown)).toEqual([
    'feed-6 2:1 run.queued',
    'feed-7 2:2 run.started',
    'feed-8 2:3 run.planned',
    'feed-9 2:4 stage.started',
    'feed-12 1:6 stage.completed',
    'feed-13 1:7 run.completed',
  ]);
  reader.abort();
});

test('resumes after any cursor, without feed.opened', async () => {
  const { append, start, clock, runs } = setUp({ pageEntries: 2, maxEntries: 2 });
  await append(runs[0].begin(), runs[0].deltas('a', 'b', 'c'), runs[0].complete());
  for (const after of [0, 2, 7, 9]) {
    const reader = start({ after });
    await clock.runTurns();
    expect(reader.items.map(({ cursor }) => cursor)).toEqual(
      [1, 2, 3, 4, 8, 9].filter((order) => order > after).map(cursorAt),
    );
    reader.abort();
  }
});

test('text is merged per run over mergeMs, repeats the cursor last sent, and goes out before what comes after it', async () => {
  const { append, start, clock, runs } = setUp();
  await append(runs[0].begin(), runs[1].begin());
  const reader = start({ text: true });
  await clock.runTurns();
  await append(runs[0].deltas('a'), runs[1].deltas('x'));
  await clock.advance(100);
  await append(runs[1].deltas('y'), runs[0].deltas('b'));
  await clock.advance(149);
  expect(reader.items).toHaveLength(1);
  await clock.advance(1);
  expect(reader.items.slice(1).map(shown)).toEqual(['feed-8 1:5–6 ab', 'feed-8 2:5–6 xy']);
  await append(runs[0].deltas('c'), runs[1].complete());
  expect(reader.items.slice(3).map(shown)).toEqual([
    'feed-8 1:7 c',
    'feed-14 2:7 stage.completed',
    'feed-15 2:8 run.completed',
  ]);
  await append(runs[0].deltas('d'));
  await append(runs[0].nextAttempt({ keep: false }));
  expect(reader.items.slice(6).map(shown)[0]).toBe('feed-15 1:8 d');
  reader.abort();
  await reader.ended;
  expect(clock.pendingTimers).toBe(0);
});

test('waiting text is bounded in size', async () => {
  const { append, start, clock, runs } = setUp({ maxMergedChars: 10 });
  await append(runs[0].begin());
  const reader = start({ text: true });
  await clock.runTurns();
  await append(runs[0].deltas('aaaa', 'bbbb', 'cccc', 'dd'));
  expect(reader.items.slice(1).map(shown)).toEqual(['feed-4 1:5–7 aaaabbbbcccc']);
  await clock.advance(250);
  expect(reader.items.slice(2).map(shown)).toEqual(['feed-4 1:8 dd']);
  reader.abort();
});

test('labels and owner filter by run, whether its beginning was seen or not', async () => {
  const { append, start, clock, runs } = setUp();
  await append(runs[0].begin({ labels: { team: 'a', kind: 'x' }, owner: 'ann' }));
  await append(runs[1].begin({ labels: { team: 'b' }, owner: 'ann' }));
  const readers = {
    team: start({ labels: { team: 'a' } }),
    ann: start({ owners: ['ann'] }),
    both: start({ labels: { team: 'a', kind: 'y' } }),
  };
  await clock.runTurns();
  await append(runs[0].complete(), runs[1].complete());
  await append(runs[2].begin({ labels: { team: 'a' }, owner: 'bob' }));
  const seen = (reader: (typeof readers)['team']) =>
    new Set(reader.items.slice(1).map(({ event }) => ('runId' in event ? event.runId : '')));
  expect(seen(readers.team)).toEqual(new Set([runs[0].runId, runs[2].runId]));
  expect(seen(readers.ann)).toEqual(new Set([runs[0].runId, runs[1].runId]));
  expect(seen(readers.both)).toEqual(new Set());
  for (const reader of Object.values(readers)) reader.abort();
});

test('a slow reader is not fed, and has everything when it takes more', async () => {
  const { append, start, clock, runs } = setUp({ maxEntries: 4, pageEntries: 3 });
  const reader = start({ text: true });
  await clock.runTurns();
  reader.shut();
  await append(runs[0].begin());
  for (const text of 'abcdef') await append(runs[0].deltas(text));
  await append(runs[0].complete());
  await clock.advance(10_000);
  expect(reader.items.length).toBeLessThanOrEqual(2);
  reader.open();
  await clock.runTurns();
  expect(reader.items.slice(1).map(shown)).toEqual([
    'feed-1 1:1 run.queued',
    'feed-2 1:2 run.started',
    'feed-3 1:3 run.planned',
    'feed-4 1:4 stage.started',
    'feed-4 1:5–10 abcdef',
    'feed-11 1:11 stage.completed',
    'feed-12 1:12 run.completed',
  ]);
  reader.abort();
});

// Two thousand followers held the event loop for 300 ms at each commit.
test('a commit is sent to so many followers in a turn, and to all of them in the end', async () => {
  const { append, start, clock, runs } = setUp();
  const readers = Array.from({ length: 500 }, () => start({ text: true }));
  await clock.runTurns();
  const sent = () => readers.reduce((sum, { items }) => sum + items.length, 0);
  let last = sent();
  let most = 0;
  const wanted = last + 500 * 5;
  const look = () => {
    most = Math.max(most, sent() - last);
    last = sent();
    if (last < wanted) clock.turn(look);
  };
  clock.turn(look);
  await append(runs[0].begin(), runs[1].next(queuedBody()));
  expect(sent()).toBe(wanted);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(64);
  for (const reader of readers) reader.abort();
});

test('an abort ends it at once and nothing stays', async () => {
  const { append, start, clock, runs } = setUp();
  const readers = [start(), start({ text: true }), start({ after: 0, text: true })];
  await append(runs[0].begin(), runs[0].deltas('a'));
  readers[2]?.shut();
  for (const reader of readers) reader.abort();
  await clock.runTurns();
  for (const reader of readers) {
    expect(reader.isEnded).toBe(true);
    expect(getEventListeners(reader.signal, 'abort')).toEqual([]);
  }
  expect(clock.pendingTimers).toBe(0);
});

test('a feed cursor is of its own kind', () => {
  for (const mark of [
    { incarnation: 0, globalPosition: 0 },
    { incarnation: 1_767_225_600_000, globalPosition: 123_456 },
  ]) {
    expect(parseFeedCursor(formatFeedCursor(mark))).toEqual(mark);
  }
  // Of an earlier version.
  expect(parseFeedCursor('feed-17')).toEqual({ incarnation: 0, globalPosition: 17 });
  for (const bad of [
    '',
    'feed-',
    'feed--1',
    'feed-01',
    'feed-1.05',
    'feed-1.5.2',
    'feed-.5',
    'feed-01.5',
    '1-2-0123abcd',
    'feed-1 ',
    `feed-${'9'.repeat(99)}`,
  ]) {
    expect(parseFeedCursor(bad)).toBeUndefined();
  }
});

const step = fc.oneof(
  fc.record({
    do: fc.constant('text' as const),
    run: fc.nat(2),
    texts: fc.array(fc.string({ maxLength: 9 }), { minLength: 1, maxLength: 6 }),
  }),
  fc.record({ do: fc.constant('attempt' as const), run: fc.nat(2), keep: fc.boolean() }),
  fc.record({
    do: fc.constant('reasoning' as const),
    run: fc.nat(2),
    texts: fc.array(fc.string(), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ do: fc.constant('advance' as const), ms: fc.nat(400) }),
  fc.record({ do: fc.constantFrom('shut' as const, 'open' as const, 'resume' as const) }),
);

test('whatever happens, the feed folds to the state of each run, also over resumes', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 50 }), fc.boolean(), async (steps, text) => {
      const { clock, log, start, runs } = setUp({ maxEntries: 12, pageEntries: 5, maxMergedChars: 30 });
      const events: SequencedFeedEvent[] = [];
      let reader = start({ after: 0, text });
      for (const run of runs) void log.append(run.begin());
      for (const one of steps) {
        if (one.do === 'text') void log.append(runs[one.run]!.deltas(...one.texts));
        else if (one.do === 'attempt') void log.append(runs[one.run]!.nextAttempt({ keep: one.keep }));
        else if (one.do === 'reasoning') void log.append(runs[one.run]!.reasoning(...one.texts));
        else if (one.do === 'advance') await clock.advance(one.ms);
        else if (one.do === 'resume') {
          reader.abort();
          await clock.runTurns();
          events.push(...reader.items);
          reader = start({ after: positionOf(events.at(-1)?.cursor) ?? 0, text });
        } else reader[one.do]();
      }
      for (const run of runs) void log.append(run.complete());
      reader.open();
      await clock.advance(250);
      reader.abort();
      await clock.runTurns();
      events.push(...reader.items);
      for (const { runId } of runs) {
        const all = (await log.read(runId, { after: 0, limit: 10_000 })).map(({ event }) => event);
        const wanted = (event: DurableEvent) =>
          event.type !== 'stage.reasoning' && (text || event.type !== 'stage.delta');
        const fed = events.flatMap(({ event }) =>
          'runId' in event && event.type !== 'run.deleted' && event.runId === runId ? [event] : [],
        );
        const foldAll = (some: readonly DurableEvent[]) => some.reduce<RunState | undefined>(fold, undefined);
        expect(foldAll(fed)).toEqual(foldAll(all.filter(wanted)));
      }
      const orders = events.map(({ cursor }) => positionOf(cursor) ?? -1);
      expect(orders).toEqual(orders.toSorted((a, b) => a - b));
      expect(clock.pendingTimers).toBe(0);
    }),
    { numRuns: 150 },
  );
});
