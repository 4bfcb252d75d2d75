import { describe, expect, test } from 'vitest';
import { createEngine, settle, typesOf } from '../support/engine.ts';
import { accept, block, changes, lastBodies, refusal, scene, steer, type Draft } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

describe('commands', () => {
  test('a command that expects another stage is refused, and is not remembered', async () => {
    const at = await scene(['plan']);
    const commandId = '6f1e0c2a-6b0e-4a53-9d54-0b8f1f4a7e01';
    const error = await refusal(accept(at, steer('x', 'restart', { commandId, expect: { stage: 1 } })));
    expect(error).toMatchObject({
      code: 'STAGE_MISMATCH',
      details: { expected: { stage: 1 }, actual: { stage: 2, role: 'coder', attempt: 1 } },
    });
    const receipt = await accept(at, steer('x', 'restart', { commandId, expect: { stage: 2 } }));
    expect(receipt.target).toEqual({ stage: 2, role: 'coder', attempt: 1 });
  });

  test('a command sent again has the same receipt, also after the run has ended', async () => {
    const at = await scene(['plan']);
    const draft = {
      kind: 'cancel',
      target: 'run',
      commandId: '6f1e0c2a-6b0e-4a53-9d54-0b8f1f4a7e02',
    } as const;
    const [first, second] = await Promise.all([accept(at, draft), accept(at, draft)]);
    await at.engine.clock.runTurns();
    expect(second).toEqual(first);
    expect(await accept(at, draft)).toEqual(first);
    expect(await refusal(accept(at, { ...draft, reason: 'other body' }))).toMatchObject({
      code: 'COMMAND_ID_CONFLICT',
    });
    expect(await refusal(accept(at, steer('too late')))).toMatchObject({
      code: 'RUN_ENDED',
      details: { status: 'cancelled' },
    });
  });

  test('a steer that comes with the last token of the last stage gets its attempt', async () => {
    const late = await scene([], { pipeline: { roles: ['coder'] } });
    late.provider.call.say(block());
    late.provider.call.finish();
    const receipt = accept(late, steer('and tests'));
    await late.engine.clock.runTurns();
    await receipt;
    expect(typesOf(await late.engine.events(late.runId)).slice(-5)).toEqual([
      'command.accepted',
      'stage.delta',
      'stage.interrupted',
      'stage.started',
      'command.applied',
    ]);
  });

  test('a continue is refused where the text is JSON', async () => {
    const at = await scene(['plan', block()]);
    expect(await refusal(accept(at, steer('x', 'continue')))).toMatchObject({ code: 'ILLEGAL_TARGET' });
  });

  test('a draft is left out only where the text begins anew', async () => {
    const at = await scene();
    for (const mode of ['continue', 'next'] as const) {
      const error = await refusal(accept(at, steer('x', mode, { draft: 'drop' })));
      expect(error.code).toBe('INVALID_INPUT');
      expect(error.details).toMatchObject({ issues: [{ field: 'draft' }] });
    }
    await accept(at, steer('x', 'continue', { draft: 'keep' }));
    const { commandId } = await accept(at, steer('x', 'restart', { draft: 'drop' }));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([{ type: 'command.applied', commandId }]);
  });

  test('a draft that is kept by name is the same command as one that says nothing of it', async () => {
    const at = await scene();
    const commandId = '6f1e0c2a-6b0e-4a53-9d54-0b8f1f4a7e05';
    const first = await accept(at, steer('x', 'restart', { commandId }));
    expect(await accept(at, steer('x', 'restart', { commandId, draft: 'keep' }))).toEqual(first);
    expect(await refusal(accept(at, steer('x', 'restart', { commandId, draft: 'drop' })))).toMatchObject({
      code: 'COMMAND_ID_CONFLICT',
    });
  });

  test('several steers before the abort lands enter one attempt, and one restart among them decides', async () => {
    const at = await scene();
    at.provider.call.say('draft');
    await at.engine.clock.runTurns();
    const receipts = [steer('one', 'continue'), steer('two'), steer('three', 'continue')].map((draft) =>
      at.engine.command({ runId: at.runId, ...draft }),
    );
    await at.engine.clock.runTurns();
    const ids = (await Promise.all(receipts)).map(({ commandId }) => commandId);
    const bodies = await lastBodies(at, 5);
    expect(bodies[1]).toMatchObject({ type: 'stage.started', attempt: 2, keptChars: 0, commandIds: ids });
    expect(bodies.slice(2)).toEqual(
      ids.map((commandId) => ({ type: 'command.applied', commandId, stage: 1, attempt: 2 })),
    );
  });

  test('the last of redirect and cancel stage wins; a steer of scope run goes along, one of scope stage does not', async () => {
    const at = await scene();
    const drafts = [
      steer('for all'),
      steer('only here', 'restart', { scope: 'stage' }),
      { kind: 'redirect', to: 'documenter', expect: 'any' },
      { kind: 'cancel', target: 'stage', expect: 'any' },
    ] as Draft[];
    const receipts = drafts.map((draft) => at.engine.command({ runId: at.runId, ...draft }));
    await at.engine.clock.runTurns();
    const [all, here, redirect, cancel] = (await Promise.all(receipts)).map(({ commandId }) => commandId);
    expect(await lastBodies(at, 7)).toEqual([
      expect.objectContaining({ type: 'stage.cancelled', commandId: cancel }),
      { type: 'command.applied', commandId: cancel, stage: 1, attempt: 1 },
      { type: 'command.dropped', commandId: here, reason: 'superseded', text: 'only here' },
      { type: 'command.dropped', commandId: redirect, reason: 'superseded' },
      expect.objectContaining({ type: 'run.planned', cause: 'cancel' }),
      expect.objectContaining({ type: 'stage.started', stage: 2, role: 'coder', commandIds: [all] }),
      { type: 'command.applied', commandId: all, stage: 2, attempt: 1 },
    ]);
  });

  test('a steer for the next stage waits for it, and is handed back if none follows', async () => {
    const at = await scene([], { pipeline: { roles: ['architect', 'coder'] } });
    await accept(at, steer('use tabs', 'next'));
    at.provider.call.answer('plan');
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.messages.at(-1)?.text).toContain('use tabs');
    const { commandId } = await accept(at, steer('too late', 'next'));
    at.provider.call.answer(block());
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'command.dropped', commandId, reason: 'run_completed', text: 'too late' },
      { type: 'run.completed' },
    ]);
  });

  test('of scope stage an instruction is seen by its stage only, of scope run by all that follow', async () => {
    const at = await scene();
    const run = await accept(at, steer('for all'));
    await at.engine.clock.runTurns();
    const stage = await accept(at, steer('only here', 'restart', { scope: 'stage' }));
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.rehearsal.instructions).toEqual(['for all', 'only here']);
    at.provider.call.answer('plan');
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.rehearsal.instructions).toEqual(['for all']);
    const started = (await at.engine.events(at.runId)).filter((event) => event.type === 'stage.started');
    expect(started.map(({ commandIds }) => commandIds)).toEqual([
      [],
      [run.commandId],
      [run.commandId, stage.commandId],
      [run.commandId],
    ]);
  });

  test('a redirect with a text has it in the prompt, and gives refinements anew', async () => {
    const at = await scene([
      'plan',
      block(),
      changes,
      block('src/a.ts', '2'),
      changes,
      block('src/a.ts', '3'),
    ]);
    await accept(at, { kind: 'redirect', to: 'coder', text: 'start over', expect: 'any' });
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.rehearsal).toMatchObject({
      role: 'coder',
      instructions: ['start over'],
      visit: 2,
    });
    for (const text of [block('src/a.ts', '4'), changes]) {
      at.provider.call.answer(text);
      await at.engine.clock.runTurns();
    }
    expect((await at.engine.state(at.runId)).stages.at(-1)?.role).toBe('refiner');
  });

  test('a hung provider does not hold a cancel up for longer than the grace', async () => {
    const provider = createScriptedProvider({ ignoresAbort: true });
    const engine = createEngine({ provider });
    const runId = await engine.start();
    provider.call.say('words');
    await engine.clock.runTurns();
    await settle(engine.clock, engine.command({ runId, kind: 'cancel', target: 'run' }));
    expect((await engine.state(runId)).status).toBe('running');
    await engine.clock.advance(250);
    expect((await engine.state(runId)).status).toBe('cancelled');
    const length = (await engine.events(runId)).length;
    provider.call.say('more words');
    provider.call.finish();
    await engine.clock.advance(10_000);
    expect(await engine.events(runId)).toHaveLength(length);
  });
});
