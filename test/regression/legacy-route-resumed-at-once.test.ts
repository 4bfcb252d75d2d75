import { expect, test } from 'vitest';
import { createLegacyStreams } from '../../server/legacy/legacy-streams.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createTails } from '../../server/delivery/tails.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { formatCursor } from '@stagewire/shared';
import { localPrincipal } from '../../server/identity/principal.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';
import { createScriptedRuns } from '../support/scripted-runs.ts';

// Twenty readers that came back to a run of 77,000 events each folded it, side by side: with a heap of 256 MB the process
// was dead after eight seconds. What their states take was not counted either.

const runId = runIdOf(1);
const lastEventId = formatCursor(runId, { epoch: 1, seq: 2000 });

const reader = {
  principal: localPrincipal,
  identity: { caller: { status: 'accepted', principal: localPrincipal } },
} as const;

test('readers that come back to one place at once cost one reading of the run', async () => {
  const { streams, clock, account, reads } = await liveRun(memoryLimitsOf(100_000_000));
  const readers = Array.from({ length: 20 }, () => new AbortController());
  const opening = Promise.all(
    readers.map(({ signal }) => streams.events({ runId, lastEventId }, { ...reader, signal })),
  );
  await clock.runTurns();
  await opening;
  expect(reads()).toBe(2);
  expect(account.report().answers.heldBytes).toBeGreaterThan(20 * 2000 * 5);
  for (const one of readers) one.abort();
  expect(account.report().answers.heldBytes).toBe(0);
});

test('a reader for whose state there is no memory is refused', async () => {
  const { streams, clock } = await liveRun({ ...memoryLimitsOf(100_000_000), answers: 30_000 });
  const open = () =>
    streams.events({ runId, lastEventId }, { ...reader, signal: new AbortController().signal });
  const opening = Promise.allSettled([open(), open(), open()]);
  await clock.runTurns();
  const outcomes = await opening;
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
  expect(outcomes[2]).toMatchObject({ reason: { code: 'OVERLOADED', retryable: true } });
});

async function liveRun(limits: ReturnType<typeof memoryLimitsOf>) {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const run = createRunScript(runId);
  const deltas = Array.from({ length: 2500 }, () => 'word ');
  const written = [run.begin(), run.deltas(...deltas)].map((one) => log.append(one));
  await clock.runTurns();
  await Promise.all(written);
  let reads = 0;
  const counted = {
    ...log,
    read: (...args: Parameters<typeof log.read>) => {
      reads += 1;
      return log.read(...args);
    },
  };
  const account = createMemoryAccount(limits);
  const tails = createTails(counted, { clock });
  const streams = createLegacyStreams({
    runs: createScriptedRuns(log),
    log: counted,
    tails,
    heartbeatMs: 1000,
    account,
  });
  return { streams, clock, account, reads: () => reads };
}
