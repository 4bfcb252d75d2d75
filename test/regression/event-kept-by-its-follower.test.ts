import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { formatCursor } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { localPrincipal } from '../../server/identity/principal.ts';
import { startOfStream } from '../../server/api/cursor-check.ts';
import { subscribeToRun } from '../../server/delivery/subscribe-to-run.ts';
import { createTails } from '../../server/delivery/tails.ts';
import type { EventLog, LogEntry } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createEngine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

// Whoever came back with the cursor of a file or of a long task had the server keep a copy of it for as long as they
// stayed: 400 KB for a subscription that was counted with 8.
test.each(['read by the caller', 'read by the follower'])(
  'a follower does not keep the event that it had last, %s',
  async (by) => {
    const clock = createFakeClock();
    const memory = createMemoryLog({ clock });
    const engine = createEngine({ provider: createScriptedProvider(), clock, log: memory });
    const runId = await engine.start({ files: [{ path: 'a.txt', text: 'x'.repeat(200_000) }] });

    const copies: WeakRef<LogEntry>[] = [];
    const copyOf = (entry: LogEntry | undefined) => {
      if (entry === undefined) return undefined;
      const copy = structuredClone(entry);
      copies.push(new WeakRef(copy));
      return copy;
    };
    const log: EventLog = {
      ...memory,
      at: async (...at) => copyOf(await memory.at(...at)),
      async position(...at) {
        const found = await memory.position(...at);
        return found && 'at' in found ? { ...found, at: copyOf(found.at) } : found;
      },
    };
    const gone = new AbortController();
    const options = { include: { reasoning: true }, signal: gone.signal, heartbeatMs: 1000 };
    const cursor = formatCursor(runId, { epoch: 1, seq: 2 });
    const start =
      by === 'read by the caller'
        ? await startOfStream(log, { runId, principal: localPrincipal }, cursor)
        : { after: 2 };
    const steps = subscribeToRun(createTails(log, { clock }), {
      runId,
      ...start,
      ...options,
      heartbeat: () => undefined,
    });
    const first = steps.next();
    await clock.runTurns();
    expect((await first).value).toMatchObject({ event: { seq: 3 } });
    collectGarbage();
    expect(copies.map((copy) => copy.deref())).toEqual([undefined]);
    gone.abort();
    await steps.return();
  },
);
