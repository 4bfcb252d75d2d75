import { expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { quietLogger } from '../../server/runtime/logger.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import type { RunExecutor } from '../../server/runs/execute/create-executor.ts';
import { createLoadedRuns } from '../../server/runs/loaded-runs.ts';
import { settle } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

test('a run that is discarded while it is read is not held, and is read anew for the next who takes it', async () => {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const runId = runIdOf(1);
  await settle(clock, memory.append(createRunScript(runId).begin()));
  const first = Promise.withResolvers<void>();
  let reads = 0;
  const log: EventLog = {
    ...memory,
    async read(id, page) {
      reads += 1;
      if (reads === 1) await first.promise;
      return memory.read(id, page);
    },
  };
  const recovered: string[] = [];
  const owned = createLoadedRuns({
    log,
    clock,
    account: createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER)),
    createExecutor: (progress) =>
      ({
        run: progress.run,
        progress,
        recover: (reason: string) => void recovered.push(reason),
        stop: () => Promise.resolve(),
      }) as unknown as RunExecutor,
    isWaiting: () => false,
    logger: quietLogger,
    onEnd: () => undefined,
  });
  owned.markForRecovery(runId, 'restart');
  const discarded = owned.load(runId);
  await clock.runTurns();
  owned.discard(runId);
  expect(owned.has(runId)).toBe(false);
  owned.markForRecovery(runId, 'takeover');
  const taken = owned.load(runId);
  first.resolve();
  await clock.runTurns();
  expect(await discarded).toBeUndefined();
  expect((await taken)?.run.runId).toBe(runId);
  expect(recovered).toEqual(['takeover']);
});

// Refused what it still had to write, the executor ended, and took the run that had been claimed again out of the queue.
test('the end of the executor of a discarded run says nothing of the run', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const runId = runIdOf(1);
  await settle(clock, log.append(createRunScript(runId).begin()));
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  const ended: string[] = [];
  const owned = createLoadedRuns({
    log,
    clock,
    account,
    createExecutor: (progress, { onEnd }) =>
      ({ run: progress.run, progress, stop: async () => onEnd() }) as unknown as RunExecutor,
    isWaiting: () => false,
    logger: quietLogger,
    onEnd: (id) => void ended.push(id),
  });
  await settle(clock, owned.load(runId));
  owned.discard(runId);
  const again = await settle(clock, owned.load(runId));
  expect(ended).toEqual([]);
  expect(owned.get(runId)).toBe(again);
  await owned.stop();
  expect(ended).toEqual([runId]);
  expect(account.report().runs.heldBytes).toBe(0);
});

// The rejection was nobody's: it would have ended the process, and the run was never read again.
test('an executor that cannot stop in order is logged, and its memory given back', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const runId = runIdOf(1);
  await settle(clock, log.append(createRunScript(runId).begin()));
  const account = createMemoryAccount(memoryLimitsOf(Number.MAX_SAFE_INTEGER));
  const logged: string[] = [];
  const owned = createLoadedRuns({
    log,
    clock,
    account,
    createExecutor: (progress) =>
      ({
        run: progress.run,
        progress,
        stop: () => Promise.reject(new Error('a defect')),
      }) as unknown as RunExecutor,
    isWaiting: () => false,
    logger: { ...quietLogger, error: (_fields, message) => void logged.push(message) },
    onEnd: () => undefined,
  });
  await settle(clock, owned.load(runId));
  owned.discard(runId);
  await settle(clock, owned.whenStopped(runId));
  expect(await settle(clock, owned.load(runId))).toBeDefined();
  await owned.stop();
  expect(logged).toEqual(['this run could not be stopped cleanly', 'a run could not be stopped cleanly']);
});
