import { expect, test } from 'vitest';
import { createEngine, settle } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A command read a waiting run from the log after everything had been stopped, and wrote to it: nobody stopped that run.
test.each([0, 1, 2, 3, 5, 8])(
  'a command to a run that waits, %i microtasks before or after the stop, is decided before it or refused',
  async (ticks) => {
    const engine = createEngine({ provider: createScriptedProvider(), maxRunningRuns: 1 });
    await engine.start();
    const waiting = await engine.start();
    const cancel = { kind: 'cancel', target: 'run', runId: waiting } as const;
    const before = engine.command(cancel).then(
      () => 'decided',
      (error: unknown) => (error as { code?: string }).code,
    );
    for (let tick = 0; tick < ticks; tick += 1) await Promise.resolve();
    let atTheStop = -1;
    const stopped = engine.supervisor.stop().then(async () => {
      atTheStop = (await engine.events(waiting)).length;
    });
    await settle(engine.clock, stopped);
    expect(['decided', 'DRAINING']).toContain(await before);

    const steer = { kind: 'steer', text: 'Go on', mode: 'next', scope: 'run', expect: 'any' } as const;
    const after = settle(engine.clock, engine.command({ ...steer, runId: waiting }));
    await expect(after).rejects.toMatchObject({ code: expect.stringMatching(/^(DRAINING|RUN_ENDED)$/) });
    await engine.clock.advance(10_000);
    expect((await engine.events(waiting)).length).toBe(atTheStop);
  },
);
