import { expect, test } from 'vitest';
import { subscribeToFeed } from '../../server/delivery/subscribe-to-feed.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, queuedBody, runIdOf } from '../support/run-script.ts';

/** Readiness as of a socket that was backed up once: one waiter per turn, in the order of their calls. */
function createOneByOne(turn: (task: () => void) => void) {
  const waiters: (() => void)[] = [];
  let isOpen = false;
  const releaseOne = () => {
    waiters.shift()?.();
    if (waiters.length > 0) turn(releaseOne);
    else isOpen = true;
  };
  return {
    ready: () => (isOpen ? undefined : new Promise<void>((resolve) => void waiters.push(resolve))),
    open: () => turn(releaseOne),
  };
}

// A page of durable events counted five times its share. With 63 or more subscribers on a socket that was backed up once,
// each page was evicted before the turn of its subscriber: they read pages forever and sent nothing.
test.each([
  { name: 'small events', followers: 100, texts: Array.from({ length: 600 }, () => 'x') },
  {
    name: 'events larger than a share',
    followers: 400,
    texts: Array.from({ length: 4 }, () => 'x'.repeat(60_000)),
  },
])(
  'all feeds of one connection that catch up together make progress: $name',
  async ({ followers, texts }) => {
    const clock = createFakeClock();
    const memory = createMemoryLog({ clock });
    const queued = texts.map((task, index) =>
      memory.append(createRunScript(runIdOf(index + 1)).next(queuedBody({ task }))),
    );
    await clock.runTurns();
    await Promise.all(queued);
    const gone = new AbortController();
    let reads = 0;
    const log: EventLog = {
      ...memory,
      readAll(page) {
        reads += 1;
        // Without this, a failure would never end.
        if (reads > 10_000) gone.abort();
        return memory.readAll(page);
      },
    };
    const tails = createTails(log, { clock });
    const gate = createOneByOne(clock.turn);
    const sent = Array.from({ length: followers }, () => 0);
    const read = async (index: number) => {
      const feed = subscribeToFeed(tails, { after: 0, text: false, signal: gone.signal, ready: gate.ready });
      for await (const _ of feed) sent[index] = (sent[index] ?? 0) + 1;
    };
    const all = sent.map((_, index) => read(index));
    await clock.runTurns();
    gate.open();
    await clock.runTurns();
    gone.abort();
    await Promise.all(all);
    expect(new Set(sent)).toEqual(new Set([texts.length]));
  },
);
