import { describe, expect, test } from 'vitest';
import { StagewireError, type StartInput } from '@stagewire/shared';
import {
  asker,
  bodyOf,
  createEngine,
  settle,
  typesOf,
  type CommandDraft,
  type Engine,
} from '../support/engine.ts';
import { createScriptedProvider, type ScriptedProvider } from '../support/scripted-provider.ts';

const changes = '{"issues":[{"severity":"major","message":"one"}],"verdict":"changes_requested"}';

interface Scene {
  readonly provider: ScriptedProvider;
  readonly engine: Engine;
  readonly runId: string;
}

/** A run whose first stages have been answered with these texts. */
async function scene(answers: readonly string[] = [], input: Partial<StartInput> = {}): Promise<Scene> {
  const provider = createScriptedProvider();
  const engine = createEngine({ provider });
  const runId = await engine.start(input);
  for (const text of answers) {
    provider.call.answer(text);
    await engine.clock.runTurns();
  }
  return { provider, engine, runId };
}

type WithoutRunId<D> = D extends unknown ? Omit<D, 'runId'> : never;
type Draft = WithoutRunId<CommandDraft>;

const accept = ({ engine, runId }: Pick<Scene, 'engine' | 'runId'>, draft: Draft) =>
  settle(engine.clock, engine.command({ runId, ...draft } as CommandDraft));

const steer = (text: string, mode: 'restart' | 'continue' | 'next' = 'restart', more: object = {}) =>
  ({ kind: 'steer', text, mode, expect: 'any', scope: 'run', ...more }) as Draft;

const lastBodies = async ({ engine, runId }: Scene, count: number) =>
  (await engine.events(runId)).slice(-count).map(bodyOf);

const refusal = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(StagewireError);
  return error as StagewireError;
};

describe('reviews', () => {
  test('changes requested lead to refiner and reviewer, and at last to the next role whatever the verdict', async () => {
    const at = await scene(['plan', 'code', changes, 'code 2', changes, 'code 3', changes, 'docs']);
    const state = await at.engine.state(at.runId);
    expect(state.stages.map(({ role }) => role)).toEqual([
      'architect',
      'coder',
      'reviewer',
      'refiner',
      'reviewer',
      'refiner',
      'reviewer',
      'documenter',
    ]);
    expect(state).toMatchObject({ status: 'completed', verdict: 'changes_requested' });
    const planned = (await at.engine.events(at.runId)).filter(({ type }) => type === 'run.planned');
    expect(planned.map(bodyOf)).toEqual([
      { type: 'run.planned', cause: 'start', roles: ['architect', 'coder', 'reviewer', 'documenter'] },
      { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer', 'documenter'] },
      { type: 'run.planned', cause: 'review', roles: ['refiner', 'reviewer', 'documenter'] },
    ]);
  });

  test('changes requested without a refiner among the roles go on to the next role', async () => {
    const roles = ['coder', 'reviewer', 'documenter'];
    const at = await scene(['code', changes, 'docs'], { pipeline: { roles } });
    expect((await at.engine.state(at.runId)).stages.map(({ role }) => role)).toEqual(roles);
  });

  test('an unparsable review is repaired once, and then is unknown, never approved', async () => {
    const at = await scene(['plan', 'code', 'It looks approved to me']);
    expect(await lastBodies(at, 2)).toEqual([
      expect.objectContaining({
        type: 'stage.failed',
        failure: expect.objectContaining({ code: 'OUTPUT_INVALID' }),
        retryInMs: 0,
      }),
      expect.objectContaining({ type: 'stage.started', stage: 3, attempt: 2, cause: 'repair' }),
    ]);
    expect(at.provider.call.request.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    at.provider.call.answer('Still approved!');
    await at.engine.clock.runTurns();
    const state = await at.engine.state(at.runId);
    expect(state.review).toMatchObject({ verdict: 'unknown', issues: [] });
    expect(state.stages.at(-1)).toMatchObject({ role: 'documenter' });
  });

  test('issues are noted while the reviewer writes', async () => {
    const at = await scene(['plan', 'code']);
    at.provider.call.say('{"issues":[{"severity":"nit","message":"a"}');
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toEqual([
      {
        type: 'review.noted',
        stage: 3,
        role: 'reviewer',
        attempt: 1,
        issue: { severity: 'nit', message: 'a' },
      },
    ]);
  });

  test('a cancelled reviewer records unknown with what it has noted', async () => {
    const at = await scene(['plan', 'code']);
    at.provider.call.say('{"issues":[{"severity":"nit","message":"a"}');
    await at.engine.clock.runTurns();
    const { commandId } = await accept(at, { kind: 'cancel', target: 'stage', expect: { role: 'reviewer' } });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 5)).toEqual([
      expect.objectContaining({ type: 'review.recorded', verdict: 'unknown', issues: [expect.anything()] }),
      expect.objectContaining({ type: 'stage.cancelled', commandId }),
      { type: 'command.applied', commandId, stage: 3, attempt: 1 },
      { type: 'run.planned', roles: ['documenter'], cause: 'cancel' },
      expect.objectContaining({ type: 'stage.started', role: 'documenter', cause: 'plan' }),
    ]);
  });
});

describe('retries', () => {
  test('a retryable failure is tried again after a delay that grows, with the text begun anew', async () => {
    const at = await scene();
    at.provider.call.say('half');
    at.provider.call.fail('PROVIDER_TRUNCATED');
    await at.engine.clock.runTurns();
    const [failed] = await lastBodies(at, 1);
    expect(failed).toMatchObject({ type: 'stage.failed', chars: 4, usage: { source: 'estimated' } });
    expect(at.provider.calls).toHaveLength(1);
    await at.engine.clock.advance(500);
    expect(at.provider.calls).toHaveLength(2);
    expect(await lastBodies(at, 1)).toEqual([
      expect.objectContaining({ type: 'stage.started', stage: 1, attempt: 2, cause: 'retry', keptChars: 0 }),
    ]);
  });

  test('retry-after is obeyed, up to its cap', async () => {
    const at = await scene();
    at.provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 7000 });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([{ retryInMs: 7000 }]);
    await at.engine.clock.advance(7000);
    at.provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 24 * 3_600_000 });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([{ retryInMs: 60_000 }]);
  });

  test('a failure that is not retryable ends the run with that failure', async () => {
    const at = await scene();
    at.provider.call.fail('PROVIDER_AUTH', { retryable: false });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.failed', failure: { code: 'PROVIDER_AUTH' } },
      { type: 'run.failed', failure: { code: 'PROVIDER_AUTH' }, stage: 1 },
    ]);
    expect((await lastBodies(at, 2))[0]).not.toHaveProperty('retryInMs');
  });

  test('the last attempt that a stage may have fails the run, and refuses to be steered', async () => {
    const at = await scene([], { limits: { maxAttemptsPerStage: 2 } });
    at.provider.call.fail('PROVIDER_STALLED');
    await at.engine.clock.advance(1000);
    const error = await refusal(accept(at, steer('go on', 'continue')));
    expect(error).toMatchObject({ code: 'LIMIT_REACHED', details: { maxAttemptsPerStage: 2 } });
    await accept(at, steer('later', 'next'));
    at.provider.call.fail('PROVIDER_STALLED');
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 3)).toMatchObject([
      { type: 'stage.failed' },
      { type: 'command.dropped', reason: 'run_failed', text: 'later' },
      { type: 'run.failed', failure: { code: 'PROVIDER_STALLED' } },
    ]);
  });

  test('an empty answer counts as a failure that may pass', async () => {
    const at = await scene([' \n']);
    expect(await lastBodies(at, 1)).toMatchObject([
      { type: 'stage.failed', failure: { code: 'OUTPUT_INVALID', retryable: true } },
    ]);
  });

  test('a stream that ends without its end is cut off, not complete', async () => {
    const at = await scene();
    at.provider.call.say('half');
    at.provider.call.break(new TypeError('terminated'));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([{ type: 'run.failed', failure: { code: 'INTERNAL' } }]);
  });

  test('a steer ends the backoff, and the failed draft is in its prompt', async () => {
    const at = await scene();
    at.provider.call.say('half a plan');
    at.provider.call.fail('PROVIDER_TRUNCATED');
    await at.engine.clock.runTurns();
    await accept(at, steer('be brief', 'continue', { expect: { stage: 1, attempt: 1 } }));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.started', attempt: 2, cause: 'steer', keptChars: 11 },
      { type: 'command.applied', stage: 1, attempt: 2 },
    ]);
    const { messages } = at.provider.call.request;
    expect(messages[1]).toEqual({ role: 'assistant', text: 'half a plan' });
    expect(messages[2]?.text).toContain('be brief');
    expect(at.engine.clock.pendingTimers).toBe(1);
  });

  test('a retry of a continued attempt keeps what that one kept', async () => {
    const at = await scene();
    at.provider.call.say('kept ');
    await at.engine.clock.runTurns();
    await accept(at, steer('go on', 'continue'));
    await at.engine.clock.runTurns();
    at.provider.call.say('lost');
    at.provider.call.fail('PROVIDER_TRUNCATED');
    await at.engine.clock.advance(1000);
    expect(await lastBodies(at, 1)).toMatchObject([{ cause: 'retry', attempt: 3, keptChars: 5 }]);
    expect(at.provider.call.request.messages[1]).toEqual({ role: 'assistant', text: 'kept ' });
    at.provider.call.answer('new');
    await at.engine.clock.runTurns();
    expect((await at.engine.state(at.runId)).stages[0]?.attempts.at(-1)?.text).toBe('kept new');
  });

  test('a run that takes too long fails, and says so', async () => {
    const at = await scene([], { limits: { maxDurationMs: 5000 } });
    at.provider.call.say('so slow');
    await at.engine.clock.advance(5000);
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.failed', failure: { code: 'LIMIT_REACHED' }, chars: 7 },
      { type: 'run.failed', failure: { code: 'LIMIT_REACHED' }, stage: 1 },
    ]);
    expect(at.provider.call.signal.aborted).toBe(true);
    expect(at.engine.clock.pendingTimers).toBe(0);
  });
});

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
    late.provider.call.say('code');
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
    const at = await scene(['plan', 'code']);
    expect(await refusal(accept(at, steer('x', 'continue')))).toMatchObject({ code: 'ILLEGAL_TARGET' });
  });

  test('several steers before the abort lands enter one attempt, and one restart among them decides', async () => {
    const at = await scene();
    at.provider.call.say('draft');
    await at.engine.clock.runTurns();
    const receipts = [steer('one', 'continue'), steer('two'), steer('three', 'continue')].map((draft) =>
      at.engine.command({ runId: at.runId, ...draft } as CommandDraft),
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
    const receipts = drafts.map((draft) => at.engine.command({ runId: at.runId, ...draft } as CommandDraft));
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
    at.provider.call.answer('code');
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
    expect(at.provider.call.request.scene.instructions).toEqual(['for all', 'only here']);
    at.provider.call.answer('plan');
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.scene.instructions).toEqual(['for all']);
    const started = (await at.engine.events(at.runId)).filter((event) => event.type === 'stage.started');
    expect(started.map(({ commandIds }) => commandIds)).toEqual([
      [],
      [run.commandId],
      [run.commandId, stage.commandId],
      [run.commandId],
    ]);
  });

  test('a redirect with a text has it in the prompt, and gives refinements anew', async () => {
    const at = await scene(['plan', 'code', changes, 'code 2', changes, 'code 3']);
    await accept(at, { kind: 'redirect', to: 'coder', text: 'start over', expect: 'any' });
    await at.engine.clock.runTurns();
    expect(at.provider.call.request.scene).toMatchObject({
      role: 'coder',
      instructions: ['start over'],
      visit: 2,
    });
    for (const text of ['code 4', changes]) {
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

describe('while a run is queued', () => {
  const waiting = async () => {
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, maxRunningRuns: 1 });
    const first = await engine.start();
    const runId = await engine.start();
    return { provider, engine, first, runId };
  };

  test('it says how many are ahead', async () => {
    const at = await waiting();
    await at.engine.clock.advance(1500);
    expect(at.engine.supervisor.waiting(at.runId)).toEqual({
      type: 'run.waiting',
      phase: 'queued',
      ahead: 0,
      elapsedMs: 1500,
    });
  });

  test('a cancel ends it without a model call', async () => {
    const at = await waiting();
    const { commandId } = await accept(at, { kind: 'cancel', target: 'run', reason: 'never mind' });
    await at.engine.clock.runTurns();
    expect(typesOf(await at.engine.events(at.runId))).toEqual([
      'run.queued',
      'command.accepted',
      'command.applied',
      'run.cancelled',
    ]);
    expect(await lastBodies(at, 2)).toMatchObject([
      { commandId, stage: null, attempt: null },
      { reason: 'never mind' },
    ]);
    expect(at.provider.calls).toHaveLength(1);
  });

  test('a steer waits for the first stage, a redirect is applied at once, and a stage cannot be cancelled', async () => {
    const at = await waiting();
    expect(await refusal(accept(at, steer('x', 'restart', { expect: { stage: 1 } })))).toMatchObject({
      code: 'STAGE_MISMATCH',
    });
    expect(await refusal(accept(at, { kind: 'cancel', target: 'stage', expect: 'any' }))).toMatchObject({
      code: 'ILLEGAL_TARGET',
    });
    const steered = await accept(at, steer('be brief', 'continue'));
    const redirect = await accept(at, { kind: 'redirect', to: 'tester', expect: 'any' });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 2)).toEqual([
      { type: 'command.applied', commandId: redirect.commandId, stage: null, attempt: null },
      { type: 'run.planned', roles: ['tester', 'documenter'], cause: 'redirect' },
    ]);
    await settle(at.engine.clock, at.engine.command({ runId: at.first, kind: 'cancel', target: 'run' }));
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 4)).toEqual([
      { type: 'run.started' },
      { type: 'run.planned', roles: ['tester', 'documenter'], cause: 'start' },
      expect.objectContaining({ type: 'stage.started', role: 'tester', cause: 'redirect' }),
      { type: 'command.applied', commandId: steered.commandId, stage: 1, attempt: 1 },
    ]);
  });
});

describe('starting', () => {
  test('the same id and body is the same run; another body is a conflict', async () => {
    const provider = createScriptedProvider();
    const { clock, supervisor } = createEngine({ provider });
    const input = { task: 'Build', runId: 'run_abcdefgh', labels: { a: '1', b: '2' } };
    const both = [input, { ...input, labels: { b: '2', a: '1' } }].map((one) => supervisor.start(one, asker));
    await clock.runTurns();
    const [first, second] = await Promise.all(both);
    expect(second).toEqual(first);
    const error = await refusal(settle(clock, supervisor.start({ ...input, task: 'Break' }, asker)));
    expect(error.code).toBe('RUN_ID_CONFLICT');
    expect(provider.calls).toHaveLength(1);
  });

  test('roles, models and instructions that mean nothing are refused by name', async () => {
    const { clock, supervisor } = createEngine({
      provider: createScriptedProvider(),
      findModelProblem: (model) => (model === 'openai/x' ? 'openai is not configured' : undefined),
    });
    const start = (input: Partial<StartInput>) =>
      refusal(settle(clock, supervisor.start({ task: 'x', ...input }, asker)));
    expect((await start({ pipeline: { roles: ['poet'] } })).message).toContain('poet');
    expect((await start({ pipeline: { roles: ['refiner'] } })).code).toBe('INVALID_INPUT');
    expect((await start({ models: { coder: 'openai/x' } })).message).toContain('models.coder');
    expect((await start({ instructions: { poet: 'rhyme' } })).message).toContain('instructions.poet');
    const files = Array.from({ length: 6 }, (_, n) => ({ path: `f${n}`, text: 'x'.repeat(180_000) }));
    expect((await start({ files })).code).toBe('TOO_LARGE');
  });
});
