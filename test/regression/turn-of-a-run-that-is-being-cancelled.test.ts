import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createEngine, settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// Its turn came between the cancel and the end that followed: it was read for that, had ended, and stayed in memory for good.
test('a queued run that a cancel ends while its turn comes is not held in memory', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const mayEnd = Promise.withResolvers<void>();
  const log: EventLog = {
    ...memory,
    async append(one) {
      if (one.events.some(({ type }) => type === 'run.cancelled')) await mayEnd.promise;
      return memory.append(one);
    },
  };
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, clock, log, account, maxRunningRuns: 1 });
  await engine.start({ pipeline: { roles: ['architect'] } });
  const queued = await engine.start();
  await settle(clock, engine.command({ runId: queued, kind: 'cancel', target: 'run', expect: 'any' }));
  provider.call.answer('a plan');
  await clock.runTurns();
  mayEnd.resolve();
  await clock.runTurns();
  expect((await log.head(queued))?.status).toBe('ended');
  expect(account.report().runs.heldBytes).toBe(0);
  expect((await engine.state(await engine.start())).status).toBe('running');
});
