import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { subscribeToFeed } from '../../server/delivery/subscribe-to-feed.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createEngine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// Each follower of the feed that came from behind read a page of up to 2 MB and kept it while its reader took nothing:
// a gigabyte for the 256 of one connection.
test.each([
  { followers: 1, atMostChars: 2_000_000 },
  { followers: 256, atMostChars: 40_000_000 },
])('$followers followers whose readers stop taking read no more than a bound together', async (sizes) => {
  const { followers, atMostChars } = sizes;
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const engine = createEngine({ provider: createScriptedProvider(), clock, log: memory, maxRunningRuns: 1 });
  for (let count = 0; count < 30; count += 1) await engine.start({ task: 'x'.repeat(90_000) });
  let heldChars = 0;
  const log: EventLog = {
    ...memory,
    async readAll(page) {
      const entries = await memory.readAll(page);
      heldChars += JSON.stringify(entries).length;
      return entries;
    },
  };
  const tails = createTails(log, { clock });
  const gone = new AbortController();
  const never = new Promise<void>(() => undefined);
  const follow = (turns: number) => {
    let left = turns;
    const ready = () => ((left -= 1) >= 0 ? undefined : never);
    void subscribeToFeed(tails, { after: 0, text: true, signal: gone.signal, ready }).next();
  };
  for (let count = 0; count < followers; count += 1) follow(0);
  await clock.runTurns();
  expect(heldChars).toBe(0);
  for (let count = 0; count < followers; count += 1) follow(1);
  await clock.runTurns();
  expect(heldChars).toBeGreaterThan(followers * 90_000);
  expect(heldChars).toBeLessThan(atMostChars);
});

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Bytes that followers hold which were let take something, each another amount, and then nothing more. */
async function heldByStalled(
  memory: EventLog,
  { clock, followers }: { clock: ReturnType<typeof createFakeClock>; followers: number },
): Promise<number> {
  // As a database does: what one follower reads is not shared with the others.
  const log: EventLog = { ...memory, readAll: async (page) => structuredClone(await memory.readAll(page)) };
  const tails = createTails(log, { clock });
  const gone = new AbortController();
  collectGarbage();
  const before = process.memoryUsage().heapUsed;
  const feeds = Array.from({ length: followers }, (_, index) => {
    let left = index % 9;
    const ready = () => ((left -= 1) >= 0 ? undefined : new Promise<void>(() => undefined));
    return subscribeToFeed(tails, { after: 0, text: true, signal: gone.signal, ready });
  });
  for (const feed of feeds) for (let asked = 0; asked < 9; asked += 1) void feed.next();
  await clock.runTurns();
  await clock.advance(300);
  collectGarbage();
  const held = process.memoryUsage().heapUsed - before;
  gone.abort();
  // Not before: they are what is measured.
  expect(feeds.splice(0)).toHaveLength(followers);
  return held;
}

/** Two bytes each in memory. */
const long = (chars: number) => '文'.repeat(chars);

// Above two thousand followers each was allowed a page of 16 KB, or of one event if that is longer, and kept it.
test(
  'thousands of followers that stop in the middle of a page hold no page each',
  { timeout: 60_000 },
  async () => {
    const clock = createFakeClock();
    const memory = createMemoryLog({ clock });
    const queued = [1, 2, 3, 4, 5, 6].map((number) =>
      memory.append(createRunScript(runIdOf(number)).next(queuedBody({ task: long(60_000) }))),
    );
    await clock.runTurns();
    await Promise.all(queued);
    const heldBytes = await heldByStalled(memory, { clock, followers: 3000 });
    expect(heldBytes).toBeLessThan(100_000_000);
  },
);

test(
  'thousands of followers that stop with text that they have merged hold a bound of it together',
  { timeout: 60_000 },
  async () => {
    const clock = createFakeClock();
    const memory = createMemoryLog({ clock });
    const run = createRunScript(runIdOf(1));
    const appended = Promise.all([memory.append(run.begin()), memory.append(run.deltas(long(60_000)))]);
    await clock.runTurns();
    await appended;
    const heldBytes = await heldByStalled(memory, { clock, followers: 3000 });
    expect(heldBytes).toBeLessThan(100_000_000);
  },
);
