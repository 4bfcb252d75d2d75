import { describe, expect, test } from 'vitest';
import {
  accept,
  answer,
  block,
  changes,
  filesIn,
  lastBodies,
  revive,
  scene,
  steer,
} from '../support/scene.ts';

const coderOnly = { pipeline: { roles: ['coder'] } };
const [head, tail] = ['```ts src/a.ts\nexport const one = 1;\nexport ', 'const two = 2;\n```\n'];
const whole = 'export const one = 1;\nexport const two = 2;\n';

describe('an answer that the output limit cut off', () => {
  test('goes on where it stopped, and its file is whole', async () => {
    const at = await scene([{ cut: head }], coderOnly);
    expect(await lastBodies(at, 2)).toEqual([
      expect.objectContaining({
        type: 'stage.interrupted',
        cause: 'length',
        commandIds: [],
        chars: head.length,
      }),
      expect.objectContaining({
        type: 'stage.started',
        stage: 1,
        attempt: 2,
        cause: 'continue',
        keptChars: head.length,
      }),
    ]);
    expect(at.provider.call.request.messages[1]).toEqual({ role: 'assistant', text: head });
    await answer(at, tail);
    expect(await filesIn(at)).toEqual({ 'src/a.ts': whole });
    expect((await at.engine.state(at.runId)).stages[0]).toMatchObject({
      finishReason: 'stop',
      status: 'completed',
    });
    const recorded = (await at.engine.events(at.runId)).filter(({ type }) => type === 'artifact.recorded');
    expect(recorded).toMatchObject([{ attempt: 2 }]);
  });

  test('is gone on with three times, and then completes as cut, without a repair', async () => {
    const at = await scene(
      [{ cut: block('src/a.ts') }, { cut: 'one ' }, { cut: 'two ' }, { cut: 'three ' }],
      coderOnly,
    );
    const state = await at.engine.state(at.runId);
    expect(state.stages[0]?.attempts.map(({ cause }) => cause)).toEqual([
      'plan',
      'continue',
      'continue',
      'continue',
    ]);
    expect(state).toMatchObject({ status: 'completed', stages: [{ finishReason: 'length' }] });
    expect(await filesIn(at)).toEqual({ 'src/a.ts': 'export {};\n' });
  });

  test('does not count towards the attempts that a stage may have', async () => {
    const at = await scene([{ cut: 'a ' }, { cut: 'b ' }], {
      ...coderOnly,
      limits: { maxAttemptsPerStage: 2 },
    });
    at.provider.call.fail('PROVIDER_UNAVAILABLE');
    await at.engine.clock.advance(60_000);
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'retry', attempt: 4, keptChars: 4 }]);
  });

  test('is not gone on with if the attempt wrote nothing of its own', async () => {
    const at = await scene([{ cut: head }, { cut: '\n' }], coderOnly);
    expect((await at.engine.state(at.runId)).stages[0]).toMatchObject({ finishReason: 'length' });
    expect(at.provider.calls).toHaveLength(2);
  });

  test('a review is repaired instead, since half a JSON cannot be gone on with', async () => {
    const at = await scene(['plan', block(), { cut: changes.slice(0, 30) }]);
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.failed', failure: { reason: 'review_unreadable' }, retryInMs: 0 },
      { cause: 'repair', keptChars: 0 },
    ]);
  });

  test('a design and a manual are gone on with too', async () => {
    const at = await scene([{ cut: 'The ' }, 'plan'], { pipeline: { roles: ['architect'] } });
    expect((await at.engine.state(at.runId)).stages[0]?.attempts.at(-1)?.text).toBe('The plan');
  });

  test('a command that came before decides over the continuation', async () => {
    const at = await scene([], coderOnly);
    at.provider.call.say(head);
    at.provider.call.finish('length');
    const { commandId } = await accept(at, steer('shorter'));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 3)).toMatchObject([
      { type: 'stage.interrupted', cause: 'steer' },
      { type: 'stage.started', cause: 'steer', keptChars: 0 },
      { type: 'command.applied', commandId },
    ]);
  });
});

describe('a continuation that adds nothing', () => {
  test('because the model sees nothing to add: the text stands, as cut', async () => {
    const at = await scene([{ cut: block() }], coderOnly);
    at.provider.call.fail('OUTPUT_INVALID', { reason: 'empty' });
    await at.engine.clock.runTurns();
    expect(await at.engine.state(at.runId)).toMatchObject({
      status: 'completed',
      stages: [{ finishReason: 'length' }],
    });
    expect(Object.keys(await filesIn(at))).toEqual(['src/a.ts']);
  });

  test('because the window is full: the text stands, as cut', async () => {
    const at = await scene([{ cut: block() }], coderOnly);
    at.provider.call.fail('CONTEXT_TOO_LONG', { retryable: false });
    await at.engine.clock.runTurns();
    expect(await at.engine.state(at.runId)).toMatchObject({
      status: 'completed',
      stages: [{ finishReason: 'length' }],
    });
  });

  test('because it thinks to its limit, with a lower effort too: the text stands, as cut', async () => {
    const at = await scene([{ cut: block() }], coderOnly);
    for (let attempt = 2; attempt <= 3; attempt += 1) {
      expect((await at.engine.state(at.runId)).status).toBe('running');
      at.provider.call.fail('OUTPUT_INVALID', { reason: 'output_limit', retryable: false });
      await at.engine.clock.advance(60_000);
    }
    expect(await at.engine.state(at.runId)).toMatchObject({
      status: 'completed',
      stages: [{ finishReason: 'length' }],
    });
  });

  test('and an empty answer to a person who asked for more is tried again with the text kept', async () => {
    const at = await scene([], coderOnly);
    at.provider.call.say(block());
    await at.engine.clock.runTurns();
    await accept(at, steer('go on', 'continue'));
    await at.engine.clock.runTurns();
    at.provider.call.fail('OUTPUT_INVALID', { reason: 'empty' });
    await at.engine.clock.advance(60_000);
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'retry', keptChars: block().length }]);
  });
});

describe('a crash', () => {
  async function crashed(answers: Parameters<typeof scene>[0], said: string) {
    const at = await scene(answers, coderOnly);
    at.provider.call.say(said);
    await at.engine.clock.runTurns();
    return revive(at);
  }

  test('in a continuation is resumed with all of the text, and both seams are known', async () => {
    const at = await crashed([{ cut: head }], 'const ');
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'resume', keptChars: head.length + 6 }]);
    await answer(at, 'two = 2;\n```\n');
    expect(await filesIn(at)).toEqual({ 'src/a.ts': whole });
    const [stage] = (await at.engine.state(at.runId)).stages;
    expect(stage?.attempts.map(({ keptChars }) => keptChars)).toEqual([0, head.length, head.length + 6]);
  });

  test('does not give a stage more continuations', async () => {
    const at = await crashed([{ cut: 'a ' }, { cut: 'b ' }, { cut: 'c ' }], 'd ');
    await answer(at, { cut: 'e' });
    expect(await at.engine.state(at.runId)).toMatchObject({
      status: 'completed',
      stages: [{ finishReason: 'length' }],
    });
  });

  test('in a repair is resumed with what it had written, and no second repair follows', async () => {
    const at = await crashed(['Shall I?'], '```ts src/a.ts\n');
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'resume', attempt: 3, keptChars: 15 }]);
    await answer(at, 'export {};\n```\n');
    expect(await filesIn(at)).toEqual({ 'src/a.ts': 'export {};\n' });
  });

  test('in a repair that was resumed and again has no file: the stage completes without one', async () => {
    const at = await crashed(['Shall I?'], 'Really?');
    await answer(at, ' Yes?');
    expect(await at.engine.state(at.runId)).toMatchObject({ status: 'completed', files: [] });
  });
});
