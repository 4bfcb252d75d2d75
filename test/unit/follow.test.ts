import { isTransient } from '@stagewire/shared';
import type { EventBody } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createFollowing, gap, runId, shown } from '../support/following.ts';
import { createReader } from '../support/reader.ts';

test('replays, goes on live without a seam, and ends after the terminal event', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin(), run.deltas('a', 'b'));
  const reader = start();
  await clock.runTurns();
  await append(run.deltas('c'));
  await append(run.deltas('d', 'e'), run.reasoning('thought'));
  await append(run.complete());
  await reader.ended;
  expect(reader.items.map(shown)).toEqual([
    '1 run.queued',
    '2 run.started',
    '3 run.planned',
    '4 stage.started',
    '5–6 ab',
    '7 c',
    '8–9 de',
    '10 thought',
    '11 stage.completed',
    '12 run.completed',
  ]);
  expect(reader.items.at(-1)?.cursor).toMatch(/^1-12-[0-9a-f]{8}$/);
});

test('resumes after any seq, and ends at once after the terminal one', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin(), run.deltas('a', 'b', 'c'), run.complete());
  const reader = start({ after: 6 });
  const last = start({ after: 9 });
  await clock.runTurns();
  expect(reader.items.map(shown)).toEqual(['7 c', '8 stage.completed', '9 run.completed']);
  expect(last.items).toEqual([]);
  expect(reader.isEnded && last.isEnded).toBe(true);
});

test('reasoning that was not asked for shows as firstSeq of the next event', async () => {
  const { run, append, start, clock } = createFollowing({ pageEntries: 7 });
  await append(
    run.begin(),
    run.reasoning('1', '2', '3', '4', '5', '6', '7'),
    run.deltas('a'),
    run.reasoning('8'),
    run.deltas('+'),
  );
  const reader = start({ include: { reasoning: false } });
  await clock.runTurns();
  await append(run.deltas('b'));
  await append(run.reasoning('9'), run.complete());
  expect(reader.items.slice(4).map(shown)).toEqual([
    '5–14 a+',
    '15 b',
    '16–17 stage.completed',
    '18 run.completed',
  ]);
});

test('a gap is filled every heartbeatMs, repeating seq and cursor last sent', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start();
  await clock.advance(2500);
  expect(reader.items.slice(4)).toEqual(
    [1000, 2000].map((ms) => ({
      cursor: reader.items[3]?.cursor,
      event: { ...gap, runId, seq: 4, at: new Date(Date.UTC(2026, 0, 1) + ms).toISOString() },
    })),
  );
  await append(run.deltas('a'));
  expect(reader.items.slice(6).map(shown)).toEqual(['5 a']);
  // 500 ms of the gap before the delta do not count.
  await clock.advance(999);
  expect(reader.items).toHaveLength(7);
  await clock.advance(1);
  expect(reader.items[7]).toMatchObject({
    cursor: reader.items[6]?.cursor,
    event: { type: 'run.waiting', seq: 5 },
  });
  reader.abort();
  await reader.ended;
});

test('a follower that resumed and has seen nothing yet hears its own cursor in a gap', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const recovered = run.next({ type: 'run.recovered', reason: 'restart', cutOff: null });
  await append(recovered);
  const reader = start({ after: 5 });
  await clock.advance(1000);
  expect(reader.items).toMatchObject([{ cursor: expect.stringMatching(/^2-5-/), event: { seq: 5 } }]);
  reader.abort();
});

test('in hidden reasoning gaps are filled too; without an answer nothing is sent', async () => {
  const { run, append, start, clock } = createFollowing();
  await append(run.begin());
  const reader = start({ include: { reasoning: false } });
  const silent = start({ heartbeat: () => undefined });
  for (let index = 0; index < 5; index += 1) {
    await append(run.reasoning('hm'));
    await clock.advance(250);
  }
  expect(reader.items.slice(4).map(shown)).toEqual(['4 run.waiting']);
  await clock.advance(3000);
  expect(silent.items.filter(({ event }) => isTransient(event))).toEqual([]);
  reader.abort();
  silent.abort();
});

test('a late joiner of 10,000 deltas gets the text in tens of messages, with a turn for others in between', async () => {
  const { run, append, start, clock } = createFollowing();
  const words = Array.from({ length: 10_000 }, (_, index) => `word${index} `);
  await append(run.begin(), run.deltas(...words), run.complete());
  const reader = start();
  await clock.runTurns();
  expect(reader.isEnded).toBe(true);
  expect(reader.items.length).toBeLessThanOrEqual(50);
  expect(reader.items.map(({ event }) => (event.type === 'stage.delta' ? event.text : '')).join('')).toBe(
    words.join(''),
  );
});

test('after 64 events in a row the event loop gets a turn', async () => {
  const { run, append, tails } = createFollowing();
  const planned: EventBody = { type: 'run.planned', roles: [], cause: 'review' };
  const bodies = Array.from({ length: 200 }, () => planned);
  await append(run.begin(), run.next(...bodies), run.complete());
  // With turns that never come, the follower stops where it should give one.
  const turns: (() => void)[] = [];
  const stuck = { ...tails.clock, turn: (task: () => void) => turns.push(task) };
  const reader = createReader(({ signal }) =>
    subscribeToRun(createTails(tails.log, { clock: stuck }), {
      runId,
      after: 0,
      include: { reasoning: true },
      heartbeatMs: 1000,
      heartbeat: () => undefined,
      signal,
    }),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  await settle();
  expect(reader.items).toHaveLength(64);
  while (!reader.isEnded) {
    for (const task of turns.splice(0)) task();
    await settle();
  }
  expect(reader.items).toHaveLength(206);
});

test('a merged delta is at most maxMergedChars long, unless it is one that was longer', async () => {
  const { run, append, start, clock } = createFollowing({ maxMergedChars: 5 });
  await append(run.begin(), run.deltas('aa', 'bb', 'cc', 'dddddddd', 'e'), run.complete());
  const reader = start();
  await clock.runTurns();
  expect(reader.items.slice(4, -2).map(shown)).toEqual(['5–6 aabb', '7 cc', '8 dddddddd', '9 e']);
});
