import type { EventBody } from '@stagewire/shared';
import { wireErrors } from '@stagewire/shared/wire-errors';
import { describe, expect, test } from 'vitest';
import { connect, StagewireError, type ConnectOptions } from '../../client/index.ts';
import { startContractServer } from '../support/contract-server.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';

const runId = 'run_client-commands';

function client(url: string, options: Partial<ConnectOptions> = {}) {
  const backoff = { minDelayMs: 1, firstDelayMs: 5, maxDelayMs: 20 };
  return connect({ url, backoff, random: createSeededChance(1).next, ...options });
}

function applied(commandId: string): EventBody {
  return { type: 'command.applied', commandId, stage: 1, attempt: 2 };
}

describe('a command', () => {
  test('gives its receipt, and later what became of it', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const run = stagewire.run(runId);
    const steer = await run.steer('shorter', { mode: 'next', scope: 'stage' });
    const redirect = await run.redirect('tester', { text: 'test it' });
    const cancel = await run.cancel({ target: 'stage', reason: 'enough' });
    expect(steer.receipt).toEqual({
      commandId: steer.receipt.commandId,
      cursor: expect.any(String),
      target: null,
    });
    expect(server.executed.map(({ path, input }) => [path, input])).toEqual([
      [
        'runs.steer',
        {
          runId,
          commandId: steer.receipt.commandId,
          text: 'shorter',
          mode: 'next',
          scope: 'stage',
          expect: 'any',
        },
      ],
      [
        'runs.redirect',
        {
          runId,
          commandId: redirect.receipt.commandId,
          to: 'tester',
          text: 'test it',
          expect: expect.anything(),
        },
      ],
      [
        'runs.cancel',
        {
          runId,
          commandId: cancel.receipt.commandId,
          target: 'stage',
          reason: 'enough',
          expect: expect.anything(),
        },
      ],
    ]);
    served.add(
      { type: 'command.dropped', commandId: steer.receipt.commandId, reason: 'superseded', text: 'shorter' },
      applied(redirect.receipt.commandId),
    );
    expect(await steer.outcome).toEqual({ status: 'dropped', reason: 'superseded', text: 'shorter' });
    expect(await redirect.outcome).toEqual({ status: 'applied', stage: 1, attempt: 2 });
  });

  test('whose reply is lost is sent again with its id, and acts once', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId);
    server.swallowReplies(3);
    const { receipt, outcome } = await stagewire.run(runId).steer('shorter');
    const ids = server.executed.map(({ input }) => input['commandId']);
    expect(ids).toEqual(Array.from({ length: 4 }, () => receipt.commandId));
    const accepted = server.run(runId).events.filter((event) => event.type === 'command.accepted');
    expect(accepted).toHaveLength(1);
    server.run(runId).add(applied(receipt.commandId));
    expect(await outcome).toMatchObject({ status: 'applied' });
  });

  test('is sent again after a proxy’s 502, but not after the page of another server', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId);
    server.answerNext(502, '<h1>Bad Gateway</h1>');
    server.answerNext(503, '{"message":"busy"}', 'application/json');
    server.answerNext(429, 'slow down', 'text/plain');
    await stagewire.run(runId).steer('shorter');
    server.answerNext(404, '<h1>Not Found</h1>');
    await expect(stagewire.run(runId).steer('longer')).rejects.toMatchObject({
      code: 'NOT_STAGEWIRE',
      details: { status: 404 },
      message: expect.stringContaining('Check the url'),
    });
    server.answerNext(200, '{"hello":"world"}', 'application/json');
    await expect(stagewire.list()).rejects.toMatchObject({ code: 'NOT_STAGEWIRE' });
    expect(server.executed).toHaveLength(1);
  });

  test('that the server refuses is rejected with its code, once', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const details = { expected: { stage: 1 }, actual: { stage: 2, role: 'coder', attempt: 1 } };
    server.refuseNext('runs.steer', wireErrors.STAGE_MISMATCH(details));
    const refused = stagewire.run(runId).steer('shorter', { expect: { stage: 1 } });
    await expect(refused).rejects.toBeInstanceOf(StagewireError);
    await expect(refused).rejects.toMatchObject({ code: 'STAGE_MISMATCH', retryable: false, details });
    const plain = {
      error: { message: 'stopping', data: { stagewire: { code: 'DRAINING', retryable: true } } },
    };
    server.answerNext(503, JSON.stringify(plain), 'application/json');
    await expect(stagewire.run(runId).steer('shorter')).rejects.toMatchObject({
      code: 'DRAINING',
      message: 'stopping',
      retryable: true,
    });
    server.answerNext(
      409,
      JSON.stringify(plain).replace('DRAINING', 'OF_A_LATER_VERSION'),
      'application/json',
    );
    await expect(stagewire.run(runId).steer('shorter')).rejects.toMatchObject({ code: 'UNKNOWN_REFUSAL' });
    served.complete();
    await expect(stagewire.run(runId).cancel()).rejects.toMatchObject({ code: 'RUN_ENDED' });
    // Neither a refused steer nor an input with an unknown field reaches the run.
    await expect(
      stagewire.procedures.runs.steer({ runId, commandId: 'x', text: '', expect: 'any' }),
    ).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(server.executed).toEqual([]);
  });

  test('without any answer ends as OUTCOME_UNKNOWN when its time is up, with its id', async () => {
    const clock = createFakeClock();
    const tries: number[] = [];
    const stagewire = client('http://127.0.0.1:9', {
      clock,
      backoff: {},
      fetch: async () => {
        tries.push(clock.now());
        throw new TypeError('fetch failed');
      },
    });
    const commandId = '7d7f2a0e-6a0e-4e0e-8a0e-0e0e0e0e0e0e';
    const both = Promise.allSettled([stagewire.run(runId).steer('shorter', { commandId }), stagewire.list()]);
    await clock.advance(30_000);
    expect(await both).toMatchObject([
      {
        reason: {
          name: 'StagewireClientError',
          code: 'OUTCOME_UNKNOWN',
          details: { runId, commandId },
          message: expect.stringContaining('fetch failed'),
        },
      },
      { reason: { code: 'UNREACHABLE' } },
    ]);
    expect(tries.length).toBeGreaterThan(8);
    const waits = [...new Set(tries)].map((at, index, all) => at - (all[index - 1] ?? at)).slice(1);
    expect(Math.min(...waits)).toBeGreaterThan(0);
    expect(clock.pendingTimers).toBe(0);
    await stagewire.close();
  });

  test('whose reply never comes is given up and sent again', async () => {
    await using server = await startContractServer();
    server.run(runId);
    let tries = 0;
    await using stagewire = client(server.url, {
      replyTimeoutMs: 500,
      fetch: (input, init) => {
        tries += 1;
        if (tries > 1) return fetch(input, init);
        return new Promise((_, reject) => {
          init?.signal?.addEventListener('abort', () => reject(new Error('aborted')));
        });
      },
    });
    await stagewire.run(runId).steer('shorter');
    expect(tries).toBe(2);
  });

  test('can be taken back from the outside', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url, { fetch: () => Promise.reject(new TypeError('no network')) });
    const signal = AbortSignal.timeout(20);
    await expect(stagewire.run(runId).steer('shorter', { signal })).rejects.toBe(await reasonOf(signal));
  });
});

describe('the outcome of a command', () => {
  test('comes also when the socket is lost in between, and after the run has ended', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    const served = server.run(runId);
    const run = stagewire.run(runId);
    const { receipt, outcome } = await run.steer('shorter');
    await expect.poll(() => run.state?.commands.length).toBe(1);
    server.dropSockets();
    served.add(applied(receipt.commandId));
    served.complete();
    expect(await outcome).toEqual({ status: 'applied', stage: 1, attempt: 2 });

    // A second client sends the same command again and learns the same.
    await using other = client(server.url);
    const again = await other.run(runId).steer('shorter', { commandId: receipt.commandId });
    expect(again.receipt).toEqual(receipt);
    expect(await again.outcome).toEqual(await outcome);
  });

  test('may be ignored, whatever becomes of it', async () => {
    await using server = await startContractServer();
    const stagewire = client(server.url);
    server.run(runId);
    const { outcome } = await stagewire.run(runId).steer('shorter');
    await stagewire.close();
    // Vitest fails on a rejection that nobody handles; this turn is where it would be noticed.
    await new Promise((resolve) => setImmediate(resolve));
    await expect(outcome).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('what a command expects', () => {
  test('is the stage that its sender sees, or anything if he sees none', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.run(runId);
    const run = stagewire.run(runId);
    const expected = () => server.executed.at(-1)?.input['expect'];
    await stagewire.run(runId).steer('blind');
    expect(expected()).toBe('any');
    for await (const event of run.events()) {
      if (event.type !== 'stage.started') continue;
      await run.steer('seeing');
      expect(expected()).toEqual({ stage: 1 });
      await run.cancel({ target: 'stage' });
      expect(expected()).toEqual({ stage: 1 });
      await run.cancel();
      expect(expected()).toBeUndefined();
      await run.steer('precise', { expect: { stage: 1, attempt: 1 } });
      expect(expected()).toEqual({ stage: 1, attempt: 1 });
      break;
    }
  });
});

describe('starting a run', () => {
  test('makes one, however many replies are lost', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    server.swallowReplies(2);
    const run = await stagewire.start({ task: 'write a haiku' });
    expect(run.id).toMatch(/^run_[A-Za-z0-9-]{8,60}$/);
    expect(server.executed.map(({ input }) => input['runId'])).toEqual([run.id, run.id, run.id]);
    server.run(run.id).complete();
    expect((await run.result()).status).toBe('completed');
  });

  test('takes the id it is given', async () => {
    await using server = await startContractServer();
    await using stagewire = client(server.url);
    expect((await stagewire.start({ task: 'write', runId })).id).toBe(runId);
    expect(await stagewire.list({ limit: 1 })).toEqual({ items: [], feedCursor: expect.any(String) });
  });
});

async function reasonOf(signal: AbortSignal): Promise<unknown> {
  await new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true });
  });
  return signal.reason;
}
