import { expect, test } from 'vitest';
import { accept, scene, steer } from '../support/scene.ts';

// A text that breaks off between the two halves of a character stays so in the log, because the other half may come.
// But in the prompt of the attempt that goes on from it the half is no text that every provider takes: a request that
// is refused as bad JSON fails the run. The same goes for a task with such a half in it.

test('a prompt has no half of a character, where the text broke off or in the task', async () => {
  const at = await scene([], { task: 'Draw \ud83d', pipeline: { roles: ['coder'] } });
  at.provider.call.say('A smile: \ud83d');
  await at.engine.clock.runTurns();
  await accept(at, steer('go on', 'continue'));
  await at.engine.clock.advance(250);
  expect(at.provider.calls).toHaveLength(2);
  const { system, messages } = at.provider.call.request;
  const texts = [system, ...messages.map(({ text }) => text)];
  expect(texts.join('\n')).toContain('A smile: \ufffd');
  expect(texts.filter((text) => !text.isWellFormed())).toEqual([]);
});

test('the text itself keeps the half, for the other half to come', async () => {
  const at = await scene([], { pipeline: { roles: ['coder'] } });
  at.provider.call.say('\ud83d');
  at.provider.call.say('\ude00');
  await at.engine.clock.runTurns();
  expect((await at.engine.state(at.runId)).stages[0]?.attempts[0]?.text).toBe('\u{1f600}');
});
