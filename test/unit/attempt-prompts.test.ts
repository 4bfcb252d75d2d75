import type { EventBody } from '@stagewire/shared';
import { StagewireError } from '@stagewire/shared';
import { describe, expect, test } from 'vitest';
import { createAttemptPrompts } from '../../server/runs/requests/attempt-prompts.ts';
import { interruptedUsage } from '../../server/runs/execute/interrupted-usage.ts';
import { openCall } from '../../server/runs/execute/open-call.ts';
import { evolve, type RunProgress } from '../../server/runs/decide/progress.ts';
import { promptOf } from '../../server/runs/requests/prompt-of.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider } from '../support/scripted-provider.ts';

function after(progress: RunProgress | undefined, bodies: readonly EventBody[]): RunProgress {
  let run = progress;
  for (const body of bodies) {
    const event = { ...body, runId: 'run', seq: (run?.run.seq ?? 0) + 1, at: '2026-01-01T00:00:00.000Z' };
    run = evolve(run, event);
  }
  if (run === undefined) throw new Error('no event');
  return run;
}

function queued(role = 'coder'): RunProgress {
  return after(undefined, [
    {
      type: 'run.queued',
      task: 'Build a clock.',
      owner: 'local',
      actor: { id: 'local', kind: 'anonymous' },
      pipeline: { roles: [role], maxRefinements: 1 },
      instructions: {},
      models: { default: 'rehearsal' },
      limits: { maxAttemptsPerStage: 8, maxDurationMs: 1000 },
      labels: {},
      digest: '',
    },
  ]);
}

function begin(role = 'coder'): EventBody[] {
  return [
    { type: 'run.started' },
    { type: 'run.planned', roles: [role], cause: 'start' },
    {
      type: 'stage.started',
      stage: 1,
      role,
      attempt: 1,
      model: 'rehearsal',
      format: 'code',
      cause: 'plan',
      commandIds: [],
      keptChars: 0,
    },
  ];
}

const started = (bodies: readonly EventBody[]) => bodies.find((body) => body.type === 'stage.started');

describe('the prompts of attempts', () => {
  test('are signed with their hash and the window, and nothing else is changed', () => {
    const prompts = createAttemptPrompts({ limitsOf: () => ({ contextTokens: 9000 }) });
    const signed = prompts.sign(queued(), begin());
    expect(started(signed)).toMatchObject({
      contextTokens: 9000,
      promptHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(signed.map(({ type }) => type)).toEqual(begin().map(({ type }) => type));
    expect(signed.filter(({ type }) => type !== 'stage.started')).toEqual(begin().slice(0, 2));
  });

  test('have no window while nothing is known of the model', () => {
    const signed = createAttemptPrompts({ limitsOf: () => undefined }).sign(queued(), begin());
    expect(started(signed)).not.toHaveProperty('contextTokens');
  });

  test('leave bodies alone that start no attempt', () => {
    const bodies: EventBody[] = [{ type: 'run.started' }];
    expect(createAttemptPrompts({}).sign(queued(), bodies)).toBe(bodies);
  });

  test('are built once for the hash and the call, and anew if nothing is at hand', () => {
    const prompts = createAttemptPrompts({});
    const progress = after(queued(), prompts.sign(queued(), begin()));
    const first = prompts.take(progress);
    const second = prompts.take(progress);
    expect(second).toEqual(first);
    expect(second.request).not.toBe(first.request);
    const signedAgain = createAttemptPrompts({});
    signedAgain.sign(queued(), begin());
    // Only a prompt that is not built anew can be that of another task.
    const otherTask = { ...progress, run: { ...progress.run, task: 'Build a lamp.' } };
    expect(signedAgain.take(otherTask)).toEqual(first);
  });
});

describe('a role that this server does not know', () => {
  const progress = () => {
    const prompts = createAttemptPrompts({});
    return after(queued('oracle'), prompts.sign(queued('oracle'), begin('oracle')));
  };

  test('is not signed, and its attempt is not found', () => {
    expect(started(createAttemptPrompts({}).sign(queued('oracle'), begin('oracle')))).not.toHaveProperty(
      'promptHash',
    );
    const refused = () => promptOf(progress(), undefined);
    expect(refused).toThrow(StagewireError);
    expect(refused).toThrow(expect.objectContaining({ code: 'ATTEMPT_NOT_FOUND' }));
  });

  test('fails its call before anything is sent, and has used nothing', async () => {
    const provider = createScriptedProvider();
    const call = openCall(progress(), {
      resolveModel: (model) => ({ provider, model }),
      prompts: createAttemptPrompts({}),
      clock: createFakeClock(),
      abortGraceMs: 250,
      heartbeatMs: 1000,
      onOutput: () => undefined,
    });
    expect(await call.done).toMatchObject({
      status: 'failed',
      failure: { code: 'INTERNAL', message: expect.stringContaining('oracle'), retryable: false },
      usage: { inputTokens: 0 },
    });
    expect(provider.calls).toEqual([]);
    expect(interruptedUsage(progress())).toMatchObject({ inputTokens: 0, source: 'estimated' });
  });
});
