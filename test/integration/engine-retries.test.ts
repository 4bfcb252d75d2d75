import { describe, expect, test } from 'vitest';
import { accept, lastBodies, refusal, scene, steer } from '../support/scene.ts';

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

  test('retry-after is obeyed, and a wait above the cap ends the run', async () => {
    const at = await scene();
    at.provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 7000 });
    await at.engine.clock.runTurns();
    expect(await lastBodies(at, 1)).toMatchObject([{ retryInMs: 7000 }]);
    await at.engine.clock.advance(7000);
    at.provider.call.fail('PROVIDER_UNAVAILABLE', { retryAfterMs: 24 * 3_600_000 });
    await at.engine.clock.runTurns();
    const [failed, end] = await lastBodies(at, 2);
    expect(failed).toMatchObject({
      failure: { retryable: false, reason: 'wait_too_long', message: expect.stringContaining('86400 s') },
    });
    expect(failed).not.toHaveProperty('retryInMs');
    expect(end).toMatchObject({ type: 'run.failed', failure: { reason: 'wait_too_long' } });
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
