import type { EventBody } from '@stagewire/shared';
import { expect, test } from 'vitest';
import type { Append } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createRecorder } from '../../server/runs/execute/recorder.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createRunScript, runIdOf } from '../support/run-script.ts';

test('a large append takes several turns of the event loop, in which others run, and is still one append', async () => {
  const clock = createFakeClock();
  const log = createMemoryLog({ clock });
  const appends: Append[] = [];
  const runId = runIdOf(1);
  const [queued] = createRunScript(runId).begin().events;
  if (queued?.type !== 'run.queued') throw new Error('the script does not begin with run.queued');
  const { runId: _runId, seq: _seq, at: _at, ...first } = queued;
  const inputs = Array.from({ length: 5000 }, (_, n): EventBody => ({
    type: 'input.recorded',
    path: `f${n % 50}.md`,
    text: 'x',
  }));
  const recorder = createRecorder({
    runId,
    clock,
    progress: undefined,
    log: {
      ...log,
      async append(append) {
        appends.push(append);
        await log.append(append);
      },
    },
  });
  let others = 0;
  const other = () => {
    others += 1;
    if (appends.length === 0) clock.turn(other);
  };
  clock.turn(other);

  const recorded = recorder.record([first, ...inputs]);
  await clock.runTurns();
  await recorded;

  expect(others).toBeGreaterThanOrEqual(5);
  expect(appends.map(({ events }) => events.length)).toEqual([5001]);
  expect(recorder.progress.run.seq).toBe(5001);
});
