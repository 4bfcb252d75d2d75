import { describe, expect, test } from 'vitest';
import type { FailureCode, FailureReason, RunState } from '@stagewire/shared';
import { effortOf } from '../../server/runs/decide/effort-of.ts';
import { createEngine } from '../support/engine.ts';
import { answer, block, lastBodies, scene, type Scene } from '../support/scene.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

/** Lets the present attempt fail and waits for the next one, if there is any. */
async function fail(
  at: Scene,
  code: FailureCode,
  options: { retryable?: boolean; reason?: FailureReason; text?: string } = {},
): Promise<void> {
  const { text, ...more } = options;
  if (text !== undefined) at.provider.call.say(text);
  at.provider.call.fail(code, more);
  await at.engine.clock.advance(60_000);
}

const stateOf = (at: Scene): Promise<RunState> => at.engine.state(at.runId);
const attemptsOf = async (at: Scene) => (await stateOf(at)).stages.at(-1)?.attempts ?? [];

describe('attempts are limited by the kind of failure', () => {
  test.each([
    { code: 'OUTPUT_INVALID', reason: 'empty', attempts: 3 },
    { code: 'OUTPUT_INVALID', reason: 'tool_call', attempts: 3 },
    { code: 'OUTPUT_INVALID', reason: 'thought_unfinished', attempts: 3 },
    { code: 'PROVIDER_TRUNCATED', text: 'the same words', attempts: 3 },
    { code: 'PROVIDER_TRUNCATED', attempts: 3 },
    { code: 'PROVIDER_UNAVAILABLE', attempts: 8 },
    { code: 'PROVIDER_UNAVAILABLE', reason: 'rate_limit', attempts: 8 },
    { code: 'PROVIDER_STALLED', attempts: 8 },
    { code: 'CONTEXT_TOO_LONG', attempts: 1 },
    { code: 'PROVIDER_REFUSED', reason: 'wrong_address', retryable: false, attempts: 1 },
    { code: 'PROVIDER_REFUSED', reason: 'model_unknown', retryable: false, attempts: 1 },
  ] as const)('$code $reason: $attempts attempts', async ({ code, attempts, ...options }) => {
    const at = await scene([], { pipeline: { roles: ['coder'] } });
    for (let attempt = 1; attempt <= attempts; attempt += 1) {
      expect((await stateOf(at)).status).toBe('running');
      await fail(at, code, options);
    }
    expect(at.provider.calls).toHaveLength(attempts);
    const events = await at.engine.events(at.runId);
    const failures = events.filter((event) => event.type === 'stage.failed');
    expect(failures.map(({ retryInMs }) => retryInMs !== undefined)).toEqual([
      ...Array.from({ length: attempts - 1 }, () => true),
      false,
    ]);
    expect(await lastBodies(at, 1)).toMatchObject([{ type: 'run.failed', failure: { code } }]);
  });

  test('an answer that is cut off elsewhere each time is asked for again up to the limit of the run', async () => {
    const at = await scene([], { pipeline: { roles: ['coder'] }, limits: { maxAttemptsPerStage: 6 } });
    for (let attempt = 1; attempt <= 6; attempt += 1) {
      await fail(at, 'PROVIDER_TRUNCATED', { text: 'x'.repeat(attempt * attempt * 10) });
    }
    expect(at.provider.calls).toHaveLength(6);
    expect((await stateOf(at)).status).toBe('failed');
  });

  test('failures of different kinds do not add up', async () => {
    const at = await scene([], { pipeline: { roles: ['coder'] } });
    for (const code of ['PROVIDER_TRUNCATED', 'PROVIDER_UNAVAILABLE', 'OUTPUT_INVALID'] as const) {
      await fail(at, code);
      await fail(at, code);
    }
    await answer(at, block());
    expect((await stateOf(at)).status).toBe('completed');
  });
});

describe('an answer of nothing but reasoning', () => {
  const spent = { retryable: false, reason: 'output_limit' } as const;

  test.each([
    { effort: 'high', next: 'medium' },
    { effort: 'medium', next: 'low' },
    { effort: undefined, next: 'low' },
  ] as const)('with effort $effort is asked for once more with $next', async ({ effort, next }) => {
    const settings = effort === undefined ? {} : { coder: { effort } };
    const at = await scene([], { pipeline: { roles: ['coder'] }, settings });
    await fail(at, 'OUTPUT_INVALID', spent);
    expect(await lastBodies(at, 2)).toMatchObject([
      {
        type: 'stage.failed',
        failure: { retryable: false, reason: 'output_limit' },
        retryInMs: expect.any(Number),
      },
      { type: 'stage.started', attempt: 2, cause: 'retry', keptChars: 0 },
    ]);
    const run = await stateOf(at);
    const [stage] = run.stages;
    expect(stage?.attempts.map((attempt) => effortOf(run, stage, attempt))).toEqual([effort, next]);
    await fail(at, 'OUTPUT_INVALID', spent);
    expect(await lastBodies(at, 1)).toMatchObject([
      { type: 'run.failed', failure: { reason: 'output_limit' } },
    ]);
    expect(at.provider.calls).toHaveLength(2);
  });

  test('with the lowest effort ends the run at once', async () => {
    const at = await scene([], { pipeline: { roles: ['coder'] }, settings: { default: { effort: 'low' } } });
    await fail(at, 'OUTPUT_INVALID', spent);
    expect((await stateOf(at)).status).toBe('failed');
    expect(at.provider.calls).toHaveLength(1);
  });

  test('is told from the end of a stream too, with the number of tokens', async () => {
    const at = await scene([], { pipeline: { roles: ['coder'] } });
    at.provider.call.use({ inputTokens: 5, outputTokens: 4096, reasoningTokens: 4096, source: 'final' });
    at.provider.call.finish('length');
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([
      { failure: { reason: 'output_limit', retryable: false, message: expect.stringContaining('4096') } },
    ]);
  });
});

describe('an answer that cannot be used', () => {
  test.each(['empty', 'tool_call', 'thought_unfinished'] as const)(
    '%s: the next attempt is a repair, at once and only once a stage',
    async (reason) => {
      const at = await scene([], { pipeline: { roles: ['coder'] } });
      at.provider.call.fail('OUTPUT_INVALID', { reason });
      await at.engine.clock.runTurns();
      expect(await lastBodies(at, 2)).toMatchObject([
        { type: 'stage.failed', failure: { reason }, retryInMs: 0 },
        { type: 'stage.started', attempt: 2, cause: 'repair', keptChars: 0 },
      ]);
      await fail(at, 'OUTPUT_INVALID', { reason });
      expect((await attemptsOf(at)).map(({ cause }) => cause)).toEqual(['plan', 'repair', 'retry']);
    },
  );

  test('a text of white space is one', async () => {
    const at = await scene([' \n']);
    expect(await lastBodies(at, 2)).toMatchObject([
      { type: 'stage.failed', failure: { code: 'OUTPUT_INVALID', reason: 'empty' }, retryInMs: 0 },
      { type: 'stage.started', cause: 'repair' },
    ]);
  });

  test('no repair is begun in the last attempt that the stage may have', async () => {
    const at = await scene([], { limits: { maxAttemptsPerStage: 1 } });
    await fail(at, 'OUTPUT_INVALID', { reason: 'tool_call' });
    expect(await lastBodies(at, 1)).toMatchObject([{ type: 'run.failed', failure: { reason: 'tool_call' } }]);
  });
});

test('a run over its time ends when its call has, with the usage that the provider has reported', async () => {
  const provider = createScriptedProvider({ ignoresAbort: true });
  const engine = createEngine({ provider, abortGraceMs: 250 });
  const runId = await engine.start({ pipeline: { roles: ['coder'] }, limits: { maxDurationMs: 60_000 } });
  const used = { inputTokens: 70, outputTokens: 7, reasoningTokens: 0, source: 'final' } as const;
  provider.call.say('text');
  provider.call.use(used);
  await engine.clock.advance(60_000);
  expect(provider.call.signal.aborted).toBe(true);
  expect(await engine.state(runId)).toMatchObject({ status: 'running' });
  await engine.clock.advance(250);
  expect(await engine.state(runId)).toMatchObject({ status: 'failed', usage: used });
});
