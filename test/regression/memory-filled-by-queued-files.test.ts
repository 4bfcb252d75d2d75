import { expect, test } from 'vitest';
import { createEngine, settle } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A run keeps its files in memory until it ends, waiting or not, and the queue was bounded by the number of runs alone:
// 10,000 runs with a megabyte each took the server's memory, and after a restart took it again.

const files = [{ path: 'context.txt', text: 'x'.repeat(400) }];

test('a start is refused when the runs under way hold as much as they may, until one ends', async () => {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider, maxHeldChars: 1000 });
  const first = await engine.start({ files });
  await engine.start({ files });
  await expect(engine.start({ files })).rejects.toMatchObject({ code: 'OVERLOADED' });
  const cancel = { kind: 'cancel', target: 'run', runId: first } as const;
  await settle(engine.clock, engine.command(cancel));
  await engine.clock.runTurns();
  await expect(engine.start({ files })).resolves.toBeTypeOf('string');
});

test('starts that come together are counted together', async () => {
  const engine = createEngine({ provider: createScriptedProvider(), maxHeldChars: 1000 });
  const outcomes = await Promise.allSettled(Array.from({ length: 5 }, () => engine.start({ files })));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
});

test('what a restart takes up again counts too', async () => {
  const before = createEngine({ provider: createScriptedProvider() });
  await before.start({ files });
  await before.start({ files });
  await settle(before.clock, before.supervisor.stop());
  const { clock, log } = before;
  const provider = createScriptedProvider();
  const after = createEngine({ provider, clock, log, maxHeldChars: 1000, seed: 2 });
  await settle(clock, after.supervisor.recover());
  await expect(after.start({ files })).rejects.toMatchObject({ code: 'OVERLOADED' });
});
