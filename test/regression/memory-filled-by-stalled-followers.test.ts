import { expect, test } from 'vitest';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// Each run kept the page that its follower was to be sent, however many runs one connection followed without reading:
// with 256 of 2 MB that was half a gigabyte, also when the room of all tails had long been full.
test('followers of many long runs whose readers take nothing hold little more than the room of the tails', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const runIds = Array.from({ length: 40 }, (_, index) => runIdOf(index + 1));
  const text = 'x'.repeat(10_000);
  for (const runId of runIds) {
    const run = createRunScript(runId);
    void memory.append(run.begin());
    void memory.append(run.deltas(...Array.from({ length: 100 }, () => text)));
    await clock.runTurns();
  }
  let readChars = 0;
  const log: EventLog = {
    ...memory,
    async read(runId, page) {
      const entries = await memory.read(runId, page);
      readChars += JSON.stringify(entries).length;
      return entries;
    },
  };
  const tails = createTails(log, { clock, maxTailBytes: 4_000_000 });
  const gone = new AbortController();
  let isFirst = true;
  for (const runId of runIds) {
    let asked = 0;
    // Ready until its page is there.
    const ready = () => ((asked += 1) < 2 ? undefined : new Promise<void>(() => undefined));
    const options = { include: { reasoning: true }, signal: gone.signal, heartbeatMs: 1000, ready };
    void subscribeToRun(tails, { runId, after: 0, ...options, heartbeat: () => undefined }).next();
    await clock.runTurns();
    if (isFirst) expect(readChars).toBeGreaterThan(1_000_000);
    isFirst = false;
  }
  expect(readChars).toBeLessThan(10_000_000);
});
