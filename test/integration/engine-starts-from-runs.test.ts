import { describe, expect, test } from 'vitest';
import { isEnding, type StartInput } from '@stagewire/shared';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createEngine, principal, settle } from '../support/engine.ts';
import {
  approved,
  busyScene,
  crew,
  expectLawful,
  failedCoder,
  file,
  roleCalled,
  sent,
  startFrom,
  stateOf,
  whole,
  type From,
} from '../support/from-scene.ts';
import { accept, answer, refusal, scene, steer } from '../support/scene.ts';

describe('a start from another run', () => {
  test('is refused with the reason', async () => {
    const at = await scene(whole.slice(0, 1), crew);
    const codeOf = async (from: Omit<From, 'runId'>, more?: Partial<StartInput>) =>
      (await refusal(startFrom(at, from, more))).code;
    expect((await refusal(startFrom(at, {}))).details).toEqual({ runId: at.runId, status: 'running' });
    expect(await codeOf({})).toBe('RUN_NOT_ENDED');
    await answer(at, ...whole.slice(1));
    expect(await codeOf({ stage: 4 })).toBe('ATTEMPT_NOT_FOUND');
    expect(await codeOf({ stage: 2, attempt: 2 })).toBe('ATTEMPT_NOT_FOUND');
    expect(await codeOf({ stage: 2 }, { pipeline: { roles: ['poet'] } })).toBe('INVALID_INPUT');
    expect(await codeOf({ stage: 2 }, { files: many(100, 10_001) })).toBe('TOO_LARGE');
    const gone = { ...at, runId: 'run_never-there-1' };
    expect((await refusal(startFrom(gone, {}))).code).toBe('RUN_NOT_FOUND');
    const theirs = {
      actor: { id: 'eve', kind: 'user' as const },
      owner: 'eve',
      permissions: principal.permissions,
    };
    const { clock, supervisor } = at.engine;
    const stolen = supervisor.start({ from: { runId: at.runId }, task: 'Mine' }, theirs);
    expect((await refusal(settle(clock, stolen))).code).toBe('RUN_NOT_FOUND');
    const blind = { ...principal, permissions: ['runs:start' as const] };
    const unread = supervisor.start({ from: { runId: at.runId }, task: 'More' }, blind);
    expect((await refusal(settle(clock, unread))).code).toBe('FORBIDDEN');
  });

  test('counts inherited context files towards the limits', async () => {
    const at = await scene(whole, { ...crew, files: many(60, 10_000) });
    const more = many(60, 10_000).map(({ path, text }) => ({ path: `more/${path}`, text }));
    expect((await refusal(startFrom(at, { stage: 1 }, { files: more }))).code).toBe('TOO_LARGE');
    const few = more.slice(0, 39).map(({ path }) => ({ path, text: 'x'.repeat(15_000) }));
    expect((await refusal(startFrom(at, { stage: 1 }, { files: few }))).code).toBe('TOO_LARGE');
    // Of the same path they replace, and add nothing.
    await startFrom(at, { stage: 1 }, { files: many(60, 10_000) });
  });

  test('is OVERLOADED without memory for the copies, and holds none after a rejection', async () => {
    const account = createMemoryAccount(memoryLimitsOf(400_000));
    const source = await scene(whole, crew, { account });
    const heldBytes = () => account.report().runs.heldBytes;
    // The cache of ended runs holds the source from now on.
    await stateOf(source);
    const before = heldBytes();
    expect((await refusal(startFrom(source, { stage: 2 }, { pipeline: { roles: ['poet'] } }))).code).toBe(
      'INVALID_INPUT',
    );
    expect(heldBytes()).toBe(before);
    const { limitBytes } = account.report().runs;
    const full = account.charge('runs', limitBytes - before);
    expect((await refusal(startFrom(source, {}, { task: 'More' }))).code).toBe('OVERLOADED');
    expect(heldBytes()).toBe(limitBytes);
    full?.release();
    const at = await startFrom(source, {}, { task: 'More' });
    await answer(at, ...whole);
    expect(heldBytes()).toBe(before);
    await expectLawful(at);
  });

  test('is idempotent, also when the source has been removed', async () => {
    const source = await scene(whole, crew);
    const { clock, supervisor, log } = source.engine;
    const input = { runId: 'run_follow-up-1', task: 'More', from: { runId: source.runId } };
    const receipt = await settle(clock, supervisor.start(input, principal));
    await settle(clock, log.remove(source.runId));
    expect(await settle(clock, supervisor.start(input, principal))).toEqual(receipt);
    const other = { ...input, from: { runId: source.runId, stage: 1 } };
    expect((await refusal(settle(clock, supervisor.start(other, principal)))).code).toBe('RUN_ID_CONFLICT');
    const late = { ...input, runId: 'run_follow-up-2' };
    expect((await refusal(settle(clock, supervisor.start(late, principal)))).code).toBe('RUN_EXPIRED');
    // The run itself does not need it.
    const at = { ...source, runId: input.runId };
    await answer(at, ...whole);
    expect((await stateOf(at)).status).toBe('completed');
    await expectLawful(at);
  });

  test('two at once with one id are one run', async () => {
    const source = await scene(whole, crew);
    const { clock, supervisor } = source.engine;
    const input = { runId: 'run_follow-up-1', task: 'More', from: { runId: source.runId } };
    const both = [supervisor.start(input, principal), supervisor.start(input, principal)];
    const [one, other] = await settle(clock, Promise.all(both));
    expect(one).toEqual(other);
  });

  test('is refused if the server no longer has a model or a role of the source, unless the input replaces it', async () => {
    const source = await failedCoder({ ...crew, models: { coder: 'openai/x' } });
    const { clock, log } = source.engine;
    const other = createEngine({
      provider: source.provider,
      clock,
      log,
      seed: 3,
      findModelProblem: (model) => (model === 'openai/x' ? 'openai is not configured' : undefined),
    });
    const at = { ...source, engine: other };
    const error = await refusal(startFrom(at, {}));
    expect(error.message).toContain(
      `models.coder: openai is not configured (inherited from run ${source.runId}`,
    );
    const replaced = await startFrom(at, {}, { models: { coder: 'openai/y' } });
    expect((await stateOf(replaced)).models).toEqual({ default: 'rehearsal', coder: 'openai/y' });
  });

  test('takes a redirect and steers while it is queued', async () => {
    const first = await busyScene();
    const fork = await startFrom(first, { stage: 2, attempt: 1 });
    expect(await stateOf(fork)).toMatchObject({ status: 'queued' });
    await accept(fork, steer('In English.', 'next'));
    await accept(fork, { kind: 'redirect', to: 'architect', expect: 'any' });
    await accept(first.blocker, { kind: 'cancel', target: 'run' });
    await first.engine.clock.runTurns();
    expect(roleCalled(fork)).toBe('architect');
    expect(sent(fork)).toContain('In English.');
    await answer(fork, ...whole);
    const state = await stateOf(fork);
    expect(state.stages.map(({ role }) => role)).toEqual([
      'architect',
      'coder',
      'architect',
      'coder',
      'reviewer',
    ]);
    expect(state.status).toBe('completed');
    await expectLawful(fork);
  });

  test('redirects to the role of an inherited stage with a new stage', async () => {
    const failed = await failedCoder();
    const at = await startFrom(failed, {});
    await accept(at, { kind: 'redirect', to: 'architect', text: 'Think again.', expect: { stage: 2 } });
    await at.engine.clock.runTurns();
    expect(roleCalled(at)).toBe('architect');
    expect(sent(at)).toContain('Think again.');
    await answer(at, ...whole);
    expect((await stateOf(at)).stages).toHaveLength(5);
    await expectLawful(at);
  });

  test('gives the prompt of inherited attempts as far as this run knows it', async () => {
    const failed = await failedCoder();
    const at = await startFrom(failed, {});
    const { clock, supervisor } = at.engine;
    const promptOf = (runId: string, stage: number) =>
      settle(clock, supervisor.prompt({ runId, stage, attempt: 1 }, principal));
    expect(await promptOf(at.runId, 1)).toEqual(await promptOf(failed.runId, 1));
    expect(await promptOf(at.runId, 2)).toMatchObject({ role: 'coder', exact: true });
    const files = supervisor.files({ runId: at.runId, at: { stage: 1, attempt: 1 } }, principal);
    expect(await settle(clock, files)).toEqual([]);
  });

  test('goes on after a crash as every run does', async () => {
    const failed = await failedCoder();
    const at = await startFrom(failed, {});
    at.provider.call.say('Half');
    await at.engine.clock.runTurns();
    const { provider, engine, runId } = at;
    const survivor = createEngine({ provider, clock: engine.clock, log: engine.log, seed: 2 });
    await settle(engine.clock, survivor.supervisor.recover());
    await engine.clock.runTurns();
    const again = { provider, engine: survivor, runId };
    expect(roleCalled(again)).toBe('coder');
    await answer(again, ` of it.\n\n${file('a.ts', 'A1')}`, approved);
    const events = await expectLawful(again);
    expect(events.filter(isEnding).map(({ type }) => type)).toEqual([
      'stage.completed',
      'stage.interrupted',
      'stage.completed',
      'stage.completed',
    ]);
  });
});

function many(count: number, chars: number): { path: string; text: string }[] {
  return Array.from({ length: count }, (_, n) => ({ path: `f${n}.md`, text: 'x'.repeat(chars) }));
}
