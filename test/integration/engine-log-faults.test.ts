import { describe, expect, test } from 'vitest';
import type { EventLog } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { bodyOf, createEngine, settle, typesOf } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

/** An engine whose log can be made to fail. */
function fallible(
  options: { readonly ignoresAbort?: boolean; readonly logRetryMs?: number } = {},
  limits: { readonly maxAttemptChars?: number } = {},
) {
  const clock = createFakeClock();
  const disk = { full: false };
  const log = createFallibleLog({
    clock,
    beforeCommit() {
      if (disk.full) throw new Error('disk full');
    },
  });
  const provider = createScriptedProvider(options);
  const account = createMemoryAccount(memoryLimitsOf(1_000_000_000));
  const { logRetryMs = 1000 } = options;
  const engine = createEngine({ provider, clock, log, account, logRetryMs, ...limits });
  return { clock, disk, log, provider, engine, account };
}

describe('when the log cannot be written', () => {
  test('the model is stopped, commands are told, and the run goes on when the log works again', async () => {
    const { clock, disk, provider, engine } = fallible();
    const runId = await engine.start();
    provider.call.say('durable ');
    await clock.runTurns();
    disk.full = true;
    provider.call.say('lost');
    await clock.advance(300);
    expect(provider.call.signal.aborted).toBe(true);
    expect(engine.supervisor.heartbeat(runId)).toEqual({ type: 'run.waiting', phase: 'log', elapsedMs: 300 });
    await expect(
      settle(clock, engine.command({ runId, kind: 'cancel', target: 'run' })),
    ).rejects.toMatchObject({
      code: 'LOG_UNAVAILABLE',
      retryable: true,
    });
    await expect(engine.start()).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    await clock.advance(5000);
    disk.full = false;
    await clock.advance(1000);

    expect((await engine.events(runId)).slice(-4).map(bodyOf)).toEqual([
      expect.objectContaining({ type: 'stage.delta', text: 'durable ' }),
      { type: 'run.recovered', reason: 'log', cutOff: { stage: 1, attempt: 1 } },
      expect.objectContaining({ type: 'stage.interrupted', cause: 'crash', chars: 8 }),
      expect.objectContaining({ type: 'stage.started', attempt: 2, cause: 'resume', keptChars: 8 }),
    ]);
    expect(provider.calls).toHaveLength(2);
    expect(provider.call.request.messages[1]).toEqual({ role: 'assistant', text: 'durable ' });
  });

  test('output that comes while an append fails is not written after the recovery', async () => {
    const { clock, disk, provider, engine } = fallible({ ignoresAbort: true });
    const runId = await engine.start();
    provider.call.say('durable ');
    await clock.runTurns();
    disk.full = true;
    provider.call.say('lost ');
    // The append of the first word is under way, and its turn has not come.
    for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
    provider.call.say('lost too');
    for (let tick = 0; tick < 20; tick += 1) await Promise.resolve();
    await clock.advance(300);
    disk.full = false;
    await clock.advance(2000);
    expect(await engine.state(runId)).toMatchObject({
      status: 'running',
      stages: [{ attempts: [{ text: 'durable ' }, { text: 'durable ', status: 'running' }] }],
    });
  });

  test('a limit that is reached while the log fails is reached again when it works', async () => {
    const { clock, disk, provider, engine } = fallible({}, { maxAttemptChars: 10 });
    const runId = await engine.start();
    disk.full = true;
    provider.call.say('more than ten characters');
    await clock.advance(300);
    disk.full = false;
    await clock.advance(2000);
    expect(provider.calls).toHaveLength(2);
    provider.call.say('less');
    await clock.runTurns();
    expect(await engine.state(runId)).toMatchObject({ stages: [{ attempts: [{}, { text: 'less' }] }] });
    provider.call.say('and then more');
    await clock.advance(1000);
    expect(await engine.state(runId)).toMatchObject({ status: 'failed', failure: { code: 'LIMIT_REACHED' } });
  });

  test('what could not be written is held no longer, commands and text alike', async () => {
    const { clock, disk, provider, engine, account } = fallible();
    const runId = await engine.start();
    provider.call.say('durable ');
    await clock.runTurns();
    const { heldBytes } = account.report().runs;
    for (let round = 0; round < 2; round += 1) {
      disk.full = true;
      const steer = {
        kind: 'steer',
        text: 'x'.repeat(10_000),
        mode: 'next',
        scope: 'run',
        expect: 'any',
      } as const;
      await expect(settle(clock, engine.command({ ...steer, runId }))).rejects.toMatchObject({
        code: 'LOG_UNAVAILABLE',
      });
      disk.full = false;
      await clock.advance(2000);

      disk.full = true;
      provider.call.say('y'.repeat(400_000));
      await clock.advance(300);
      disk.full = false;
      await clock.advance(2000);
    }
    expect((await settle(clock, engine.state(runId))).status).toBe('running');
    expect(account.report().runs.heldBytes).toBe(heldBytes + 'durable '.length * 4);
  });

  test('an abort that lands after the log is back says nothing about the new attempt', async () => {
    const { clock, disk, provider, engine } = fallible({ ignoresAbort: true, logRetryMs: 50 });
    const runId = await engine.start();
    disk.full = true;
    provider.call.say('lost');
    await clock.runTurns();
    disk.full = false;
    await clock.advance(1000);
    expect(typesOf(await engine.events(runId)).slice(-3)).toEqual([
      'run.recovered',
      'stage.interrupted',
      'stage.started',
    ]);
  });

  test('a run whose beginning could not be written begins when the log is back', async () => {
    const { clock, disk, provider, log } = fallible();
    const engine = createEngine({
      provider,
      clock,
      log: {
        ...log,
        append(append) {
          disk.full = append.events.some(({ type }) => type === 'run.started') && clock.now() < endOfFaultMs;
          return log.append(append);
        },
      },
    });
    const endOfFaultMs = clock.now() + 500;
    const runId = await engine.start();
    expect(provider.calls).toHaveLength(0);
    disk.full = false;
    await clock.advance(1000);
    expect(provider.calls).toHaveLength(1);
    expect(typesOf(await engine.events(runId)).slice(0, 3)).toEqual([
      'run.queued',
      'run.recovered',
      'run.started',
    ]);
  });

  test('a command whose acceptance could not be written is accepted when it is sent again', async () => {
    const { clock, disk, engine } = fallible();
    const runId = await engine.start();
    const cancel = {
      runId,
      kind: 'cancel',
      target: 'run',
      commandId: '6f1e0c2a-6b0e-4a53-9d54-0b8f1f4a7e03',
    } as const;
    disk.full = true;
    await expect(settle(clock, engine.command(cancel))).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' });
    disk.full = false;
    await clock.advance(1000);
    await settle(clock, engine.command(cancel));
    await clock.runTurns();
    expect((await engine.state(runId)).status).toBe('cancelled');
  });
});

describe('a bad append', () => {
  test('fails its own run with INTERNAL, and no other', async () => {
    const clock = createFakeClock();
    const memory = createMemoryLog({ clock });
    let bad = '';
    const log: EventLog = {
      ...memory,
      async append(append) {
        if (append.runId === bad && append.events.some(({ type }) => type === 'stage.delta')) {
          throw new Error('this append cannot be stored');
        }
        await memory.append(append);
      },
    };
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, clock, log });
    bad = await engine.start();
    const first = provider.call;
    const other = await engine.start();
    const second = provider.call;
    for (const call of [first, second]) call.say('words');
    await clock.runTurns();
    first.say('more');
    await clock.advance(1000);

    expect((await engine.events(bad)).slice(-2).map(bodyOf)).toEqual([
      expect.objectContaining({ type: 'stage.failed', chars: 0 }),
      expect.objectContaining({ type: 'run.failed', failure: expect.objectContaining({ code: 'INTERNAL' }) }),
    ]);
    expect((await engine.state(other)).status).toBe('running');
    expect(first.signal.aborted).toBe(true);
    expect(second.signal.aborted).toBe(false);
  });
});

describe('recovery', () => {
  test('a run that is cut off five times without a word from a model fails', async () => {
    const clock = createFakeClock();
    const log = createMemoryLog({ clock });
    const provider = createScriptedProvider();
    let engine = createEngine({ provider, clock, log });
    const runId = await engine.start();
    for (let crash = 1; crash <= 5; crash += 1) {
      expect((await engine.state(runId)).status).toBe('running');
      engine = createEngine({ provider, clock, log, seed: crash });
      await settle(clock, engine.supervisor.recover());
      await clock.runTurns();
    }
    expect((await engine.events(runId)).slice(-3).map(bodyOf)).toEqual([
      expect.objectContaining({ type: 'run.recovered' }),
      expect.objectContaining({ type: 'stage.interrupted', cause: 'crash' }),
      expect.objectContaining({ type: 'run.failed', failure: expect.objectContaining({ code: 'INTERNAL' }) }),
    ]);
  });

  test('a backoff goes on to the instant that it was to end at', async () => {
    const clock = createFakeClock();
    const log = createMemoryLog({ clock });
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, clock, log });
    const runId = await engine.start();
    provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 10_000 });
    await clock.advance(6000);
    await engine.supervisor.stop();
    const next = createEngine({ provider, clock, log, seed: 2 });
    await settle(clock, next.supervisor.recover());
    await clock.advance(3999);
    expect(typesOf(await next.events(runId)).slice(-2)).toEqual(['stage.failed', 'run.recovered']);
    expect(next.supervisor.heartbeat(runId)).toMatchObject({ phase: 'backoff', retryInMs: 1 });
    await clock.advance(1);
    expect((await next.events(runId)).slice(-1).map(bodyOf)).toMatchObject([
      { type: 'stage.started', attempt: 2, cause: 'retry' },
    ]);
  });

  test('stopping leaves the run live, with every word that the model had said', async () => {
    const clock = createFakeClock();
    const log = createMemoryLog({ clock });
    const provider = createScriptedProvider();
    const engine = createEngine({ provider, clock, log });
    const runId = await engine.start();
    provider.call.say('some words');
    await settle(clock, engine.supervisor.stop());
    expect(provider.call.signal.aborted).toBe(true);
    expect((await log.head(runId))?.status).toBe('live');
    const next = createEngine({ provider, clock, log, seed: 2 });
    await settle(clock, next.supervisor.recover());
    await clock.runTurns();
    expect(await next.state(runId)).toMatchObject({
      epoch: 2,
      stages: [{ attempts: [{}, { keptChars: 10 }] }],
    });
  });
});

// The outage seemed to be over, and another one to begin, whose call and beginning were not known.
