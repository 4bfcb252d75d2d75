import { isEnding, isTerminal } from '@stagewire/shared';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startWithBudget, turns, inputOf, final, stateOf, usedBy } from '../support/budget-scene.ts';
import { createEngine } from '../support/engine.ts';
import { accept, answer, block, revive, steer } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

describe('maxTokens', () => {
  test('ends the run while the model writes, in the append after the one that reached it, with the text kept', async () => {
    const scene = await startWithBudget({ maxTokens: 5000 }, { roles: ['coder'] });
    const left = 5000 - inputOf(scene);
    scene.provider.call.headers();
    scene.provider.call.say(block());
    await turns(scene);
    expect((await stateOf(scene)).status).toBe('running');
    scene.provider.call.say('x'.repeat(left * 4));
    await turns(scene);

    const events = await scene.engine.events(scene.runId);
    const last = events.slice(-4).map(({ type }) => type);
    expect(last).toEqual(['stage.delta', 'artifact.recorded', 'stage.failed', 'run.failed']);
    const state = await stateOf(scene);
    const details = { limit: 'maxTokens', used: usedBy(state), max: 5000 };
    expect(details.used).toBeGreaterThanOrEqual(5000);
    expect(state).toMatchObject({
      status: 'failed',
      failure: { code: 'LIMIT_REACHED', retryable: false, details },
      stages: [{ attempts: [{ failure: { code: 'LIMIT_REACHED', details } }] }],
    });
    expect(state.stages[0]?.attempts[0]?.text).toHaveLength(block().length + left * 4);
    expect(scene.provider.calls).toHaveLength(1);
  });

  test('counts the reasoning that arrives', async () => {
    const scene = await startWithBudget({ maxTokens: 5000 });
    scene.provider.call.headers();
    scene.provider.call.reason('x'.repeat(20_000));
    await turns(scene);
    expect((await stateOf(scene)).failure?.code).toBe('LIMIT_REACHED');
  });

  test('replaces the estimate of the input by what the provider reports before the end', async () => {
    const scene = await startWithBudget({ maxTokens: 5000 });
    scene.provider.call.headers();
    scene.provider.call.use({ ...final(4990, 0), source: 'partial' });
    scene.provider.call.say('short');
    await turns(scene);
    expect((await stateOf(scene)).status).toBe('running');
    scene.provider.call.say('x'.repeat(40));
    await turns(scene);
    expect(await stateOf(scene)).toMatchObject({ failure: { details: { used: 5002, max: 5000 } } });
  });

  test('sends what is left as the limit of the output, and lets a lower one stand', async () => {
    const scene = await startWithBudget({ maxTokens: 5000 });
    expect(scene.provider.call.request.outputBudgetTokens).toBe(5000 - inputOf(scene));
    scene.provider.call.headers();
    scene.provider.call.use(final(100, 1000));
    await answer(scene, 'a plan');
    expect(scene.provider.call.request.outputBudgetTokens).toBe(3900 - inputOf(scene));
  });

  test('does not make a call whose input leaves nothing', async () => {
    const scene = await startWithBudget({ maxTokens: 1500 });
    scene.provider.call.headers();
    scene.provider.call.use(final(900, 500));
    await answer(scene, 'a plan');
    expect(scene.provider.calls).toHaveLength(1);
    const state = await stateOf(scene);
    expect(state).toMatchObject({
      failure: { code: 'LIMIT_REACHED', details: { limit: 'maxTokens', used: 1400, max: 1500 } },
      stages: [{ status: 'completed' }, { status: 'failed', attempts: [{ usage: { inputTokens: 0 } }] }],
    });
  });

  test('lets an answer stand that is complete, whatever its usage is in the end', async () => {
    const scene = await startWithBudget({ maxTokens: 1500 }, { roles: ['architect'] });
    scene.provider.call.headers();
    scene.provider.call.say('a plan');
    scene.provider.call.use(final(1000, 800));
    scene.provider.call.finish();
    await turns(scene);
    expect((await stateOf(scene)).status).toBe('completed');
  });

  test('ends the run if its own limit of the output has cut an answer off, of whatever form', async () => {
    for (const [role, text] of [
      ['architect', 'a plan'],
      ['reviewer', '{"issues":['],
      ['coder', ''],
    ] as const) {
      const scene = await startWithBudget({ maxTokens: 5000 }, { roles: [role] });
      const written = scene.provider.call.request.outputBudgetTokens ?? 0;
      scene.provider.call.headers();
      scene.provider.call.reason('hm');
      if (text !== '') scene.provider.call.say(text);
      scene.provider.call.use(final(10, written));
      scene.provider.call.finish('length');
      await turns(scene);
      expect(scene.provider.calls).toHaveLength(1);
      expect((await stateOf(scene)).failure?.details).toEqual({
        limit: 'maxTokens',
        used: 10 + written,
        max: 5000,
      });
    }
  });

  test('does not hide that the limit of the role has cut an answer off', async () => {
    const provider = createScriptedProvider();
    const engine = createEngine({ provider });
    const settings = { default: { maxOutputTokens: 50 } };
    const runId = await engine.start({
      pipeline: { roles: ['architect'] },
      settings,
      limits: { maxTokens: 50_000 },
    });
    const scene = { provider, engine, runId };
    await answer(scene, { cut: 'a plan' });
    expect((await stateOf(scene)).status).toBe('running');
    expect(provider.calls).toHaveLength(2);
  });

  test('counts an attempt that a crash has cut off with its estimate, also in the next process', async () => {
    const scene = await startWithBudget({ maxTokens: 5000 });
    const input = inputOf(scene);
    scene.provider.call.headers();
    scene.provider.call.say('x'.repeat(4000));
    await turns(scene);
    const after = await revive(scene);
    expect(after.provider.call.request.outputBudgetTokens).toBe(5000 - input - 1000 - inputOf(after));
    after.provider.call.headers();
    after.provider.call.say('x'.repeat(20_000));
    await turns(after);
    const state = await stateOf(after);
    expect(state.failure?.details).toEqual({ limit: 'maxTokens', used: usedBy(state), max: 5000 });
  });

  test('counts the attempts that failed and those that a command interrupted', async () => {
    const scene = await startWithBudget({ maxTokens: 100_000 });
    scene.provider.call.headers();
    scene.provider.call.use(final(1000, 2000));
    scene.provider.call.fail('PROVIDER_UNAVAILABLE');
    await scene.engine.clock.advance(60_000);
    scene.provider.call.headers();
    scene.provider.call.use(final(3000, 4000));
    await accept(scene, steer('shorter'));
    await turns(scene);
    expect(scene.provider.calls).toHaveLength(3);
    expect(scene.provider.call.request.outputBudgetTokens).toBe(90_000 - inputOf(scene));
  });

  test('does not count what a rerun inherits, and the rerun inherits the budget', async () => {
    const scene = await startWithBudget({ maxTokens: 6000 });
    scene.provider.call.use(final(1000, 4000));
    await answer(scene, 'a plan');
    scene.provider.call.say('x'.repeat(20_000));
    await turns(scene);
    expect((await stateOf(scene)).status).toBe('failed');
    const runId = await scene.engine.start({ from: { runId: scene.runId, stage: 2 } });
    const rerun = { ...scene, runId };
    await turns(rerun);
    expect((await stateOf(rerun)).limits.maxTokens).toBe(6000);
    expect(rerun.provider.call.request.outputBudgetTokens).toBe(6000 - inputOf(rerun));
  });

  test('a pending steer is dropped, and a pending cancel of the run takes precedence', async () => {
    for (const command of [steer('shorter'), { kind: 'cancel', target: 'run' } as const]) {
      const provider = createScriptedProvider({ ignoresAbort: true });
      const engine = createEngine({ provider });
      const runId = await engine.start({ limits: { maxTokens: 5000 } });
      const scene = { provider, engine, runId };
      provider.call.headers();
      provider.call.say('x'.repeat(20_000));
      await accept(scene, command);
      await engine.clock.advance(1000);
      const { status, commands } = await stateOf(scene);
      const wanted = command.kind === 'cancel' ? ['cancelled', 'applied'] : ['failed', 'dropped'];
      // The command may have come first: then its attempt was interrupted, and the next call is not made.
      expect([status, commands[0]?.status]).toSatisfy(
        (got: readonly string[]) => got[0] === wanted[0] && (got[1] === wanted[1] || got[1] === 'applied'),
      );
      expect(provider.calls).toHaveLength(1);
    }
  });
});

describe('for any sequence of chunks', () => {
  const chunk = fc.oneof(
    fc.record({ say: fc.integer({ min: 0, max: 6000 }) }),
    fc.record({ reason: fc.integer({ min: 0, max: 6000 }) }),
    fc.record({ input: fc.integer({ min: 1, max: 4000 }), output: fc.integer({ min: 0, max: 3000 }) }),
  );

  test('the run ends in the append after the one that reached its budget', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(chunk, { minLength: 1, maxLength: 25 }),
        fc.integer({ min: 1600, max: 8000 }),
        async (chunks, maxTokens) => {
          const scene = await startWithBudget({ maxTokens }, { roles: ['architect'] });
          const input = inputOf(scene);
          scene.provider.call.headers();
          let text = 0;
          let reasoning = 0;
          let reported: { input: number; output: number } | undefined;
          const counted = () =>
            (reported?.input ?? input) +
            Math.max(Math.ceil(text / 4) + Math.ceil(reasoning / 4), reported?.output ?? 0);
          for (const next of chunks) {
            const before = (await scene.engine.events(scene.runId)).length;
            if ('say' in next) {
              scene.provider.call.say('x'.repeat(next.say));
              text += next.say;
            } else if ('reason' in next) {
              scene.provider.call.reason('x'.repeat(next.reason));
              reasoning += next.reason;
            } else {
              scene.provider.call.use({ ...final(next.input, next.output), source: 'partial' });
              reported = next;
            }
            await turns(scene);
            const events = (await scene.engine.events(scene.runId)).slice(before);
            const isOver = counted() >= maxTokens;
            // At most one delta, then the append that ends the run.
            expect(events.filter(isTerminal)).toHaveLength(isOver ? 1 : 0);
            if (!isOver) continue;
            expect(events.findIndex(isEnding)).toBeLessThanOrEqual(1);
            const { failure } = await stateOf(scene);
            expect(failure?.details).toEqual({ limit: 'maxTokens', used: counted(), max: maxTokens });
            return;
          }
        },
      ),
      { numRuns: 60, seed: 20_261_128 },
    );
  });
});
