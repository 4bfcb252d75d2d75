import { expect, test } from 'vitest';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// Each subscriber read its page, waited until its socket was ready, and found the page evicted by those of the others.
test('all subscriptions of one connection that catch up with a run at different positions make progress', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const run = createRunScript(runIdOf(1));
  const texts = Array.from({ length: 300 }, () => 'x');
  const appended = Promise.all([
    memory.append(run.begin()),
    memory.append(run.deltas(...texts)),
    memory.append(run.complete()),
  ]);
  await clock.runTurns();
  await appended;
  const gone = new AbortController();
  let reads = 0;
  const log: EventLog = {
    ...memory,
    read(runId, page) {
      reads += 1;
      // Without this, a failure would never end.
      if (reads > 2000) gone.abort();
      return memory.read(runId, page);
    },
  };
  const tails = createTails(log, { clock, maxEntries: 8, pageEntries: 16 });
  // As a socket that was backed up once: one waiter per turn, in the order of their calls.
  const waiters: (() => void)[] = [];
  const ready = () => new Promise<void>((resolve) => void waiters.push(resolve));
  const releaseOne = () => {
    waiters.shift()?.();
    if (waiters.length > 0 || !gone.signal.aborted) clock.turn(releaseOne);
  };
  const ended = Array.from({ length: 12 }, async (_, index) => {
    let lastSeq = 0;
    const events = subscribeToRun(tails, {
      runId: run.runId,
      after: 4 + index * 20,
      include: { reasoning: false },
      heartbeatMs: 60_000,
      heartbeat: () => undefined,
      signal: gone.signal,
      ready,
    });
    for await (const { event } of events) lastSeq = event.seq;
    return lastSeq;
  });
  const all = Promise.all(ended);
  void all.then(() => gone.abort());
  clock.turn(releaseOne);
  await clock.runTurns();
  expect(new Set(await all)).toEqual(new Set([run.seq]));
});
