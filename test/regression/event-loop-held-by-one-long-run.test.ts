import { expect, test } from 'vitest';
import { createMemoryLog } from '../../server/log/memory.ts';
import { loadRun } from '../../server/runs/load-run.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

// A run that has ended is folded from its log when somebody asks for it or sends it a command. All of its pages were
// read and folded in one turn of the event loop: 360 ms for 100,000 deltas, in which nobody else was answered.

const runId = runIdOf(1);

test('a long run is loaded in many turns of the event loop', async () => {
  const { clock, log } = await endedRun();
  let turns = 0;
  const counted = { ...clock, turn: (task: () => void) => clock.turn(() => [(turns += 1), task()]) };
  const loading = loadRun(log, runId, { clock: counted });
  await clock.runTurns();
  expect((await loading)?.run.status).toBe('completed');
  expect(turns).toBeGreaterThanOrEqual(5);
});

test('a run that is removed while it is loaded is not there, rather than half of it', async () => {
  const { clock, log } = await endedRun();
  let reads = 0;
  const read: typeof log.read = async (id, page) => {
    reads += 1;
    if (reads === 3) await log.remove(id);
    return await log.read(id, page);
  };
  const loading = loadRun({ ...log, read }, runId, { clock });
  await clock.runTurns();
  expect(await loading).toBeUndefined();
});

async function endedRun() {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const run = createRunScript(runId);
  const deltas = Array.from({ length: 5000 }, () => 'word ');
  const written = [run.begin(), run.deltas(...deltas), run.complete()].map((one) => log.append(one));
  await clock.runTurns();
  await Promise.all(written);
  return { clock, log };
}
