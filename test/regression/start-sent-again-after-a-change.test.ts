import { expect, test } from 'vitest';
import { createEngine, settle } from '../support/engine.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

// A start that is sent again gets its receipt again, also from a server that was started anew without the key of the
// model that it named: that was looked at first, and the run that existed was answered with INVALID_INPUT.

const runId = 'run_sent-again';
const models = { default: 'openai/any' };

test('a start gets its receipt again from a server that could not begin it now', async () => {
  const provider = createScriptedProvider();
  const before = createEngine({ provider });
  await before.start({ runId, models });
  await settle(before.clock, before.supervisor.stop());

  const { clock, log } = before;
  const after = createEngine({ provider, clock, log, findModelProblem: () => 'there is no key' });
  await settle(clock, after.supervisor.recover());
  await expect(after.start({ runId, models })).resolves.toBe(runId);
  await expect(after.start({ runId: 'run_another-one', models })).rejects.toMatchObject({
    code: 'INVALID_INPUT',
  });
});
