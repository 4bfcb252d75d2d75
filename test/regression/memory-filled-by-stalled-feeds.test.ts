import { expect, test } from 'vitest';
import { subscribeToFeed } from '../../server/delivery/subscribe-to-feed.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createEngine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// Each follower of the feed that came from behind read a page of up to 2 MB and kept it while its reader took nothing:
// a gigabyte for the 256 of one connection.
test.each([
  { followers: 1, atMostChars: 2_000_000 },
  { followers: 256, atMostChars: 40_000_000 },
])('$followers followers whose readers take nothing hold no more than a bound together', async (sizes) => {
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
  const options = { after: 0, text: true, signal: gone.signal, ready: () => never };
  for (let count = 0; count < followers; count += 1) void subscribeToFeed(tails, options).next();
  await clock.runTurns();
  expect(heldChars).toBeGreaterThan(followers * 90_000);
  expect(heldChars).toBeLessThan(atMostChars);
});
