import { StagewireError } from '@stagewire/shared';
import { expect, test } from 'vitest';
import { connect } from '../../client/index.ts';
import { startApp } from '../../server/app.ts';
import { readConfig } from '../../server/process/config.ts';
import { systemClock, type Clock } from '../../server/runtime/clock.ts';
import { until } from '../support/until.ts';

/** A minute of it takes a third of a second. */
function createHurriedClock(factor = 180): Clock {
  const startMs = systemClock.now();
  return {
    now: () => startMs + (systemClock.now() - startMs) * factor,
    wall: () => startMs + (systemClock.now() - startMs) * factor,
    elapsed: () => systemClock.elapsed() * factor,
    after: (delayMs, task) => systemClock.after(delayMs / factor, task),
    turn: (task) => systemClock.turn(task),
  };
}

test('a server removes its finished runs when STAGEWIRE_KEEP_RUNS_FOR is over, and says so to whoever asks', async () => {
  const config = readConfig({
    STAGEWIRE_PORT: '0',
    STAGEWIRE_LOG: 'memory',
    STAGEWIRE_KEEP_RUNS_FOR: '3m',
    STAGEWIRE_MODEL: 'rehearsal/tps=0,ttft=0,chars=200',
  });
  const app = await startApp({ config, clock: createHurriedClock() });
  await using client = connect({ url: app.url });
  const run = await client.start({ task: 'Be forgotten', pipeline: { roles: ['coder'] } });
  await run.result();

  let error: unknown;
  await until(async () => {
    error = await run.snapshot().then(
      () => undefined,
      (refusal: unknown) => refusal,
    );
    return error !== undefined;
  }, 'the run to be removed');
  expect(error).toBeInstanceOf(StagewireError);
  expect(error).toMatchObject({ code: 'RUN_EXPIRED' });
  await app.close();
});
