import { isTerminal, isTransient } from '@stagewire/shared';
import type { DurableEvent } from '@stagewire/shared';
import { RunEvent as RunEventSchema } from '@stagewire/shared/events';
import { allInvariants } from '@stagewire/shared/invariants/all-invariants';
import { sequenceProblems } from '@stagewire/shared/invariants/event-sequence';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { connect, fold, StagewireError, type RunEvent, type RunState } from '../../client/index.ts';
import { createReplayClient, parseEvents } from '../../client/testing/index.ts';
import { startComposedServer } from '../support/composed-server.ts';

/** Two runs of a real server, what it answers about them, and the order in which its feed sends their events. */
let recorded: {
  readonly events: readonly RunEvent[];
  readonly states: readonly RunState[];
  readonly files: readonly unknown[];
  readonly page: unknown;
};

beforeAll(async () => {
  await using server = await startComposedServer();
  await using stagewire = connect({ url: `http://127.0.0.1:${server.port}` });
  const files = [{ path: 'notes.md', text: 'Use no classes.' }];
  const events: RunEvent[] = [];
  const ids: string[] = [];
  for (const task of ['A rate limiter', 'A queue']) {
    const run = await stagewire.start({ task, files, labels: { task: task.slice(2) } });
    ids.push(run.id);
    events.push(...(await Array.fromAsync(run.events())).filter((event) => !isTransient(event)));
  }
  recorded = {
    events,
    states: await Promise.all(ids.map((id) => stagewire.run(id).snapshot())),
    files: await Promise.all(ids.map((id) => stagewire.run(id).files())),
    page: (await stagewire.list()).items,
  };
});

function firstRun(): readonly RunEvent[] {
  return recorded.events.filter(({ runId }) => runId === recorded.states[0]?.runId);
}

describe('a replay', () => {
  test('has the states, files and lists that the server had', async () => {
    await using client = createReplayClient(recorded.events);
    await client.end();
    for (const [index, state] of recorded.states.entries()) {
      const run = client.run(state.runId);
      expect(await run.snapshot()).toEqual(state);
      expect(await run.files()).toEqual(recorded.files[index]);
      expect(await run.result()).toEqual(state);
      const inputs = await run.contextFiles();
      expect(inputs.map(({ text }) => text)).toEqual(['Use no classes.']);
    }
    expect((await client.list()).items).toEqual(recorded.page);
    const searched = await client.list({ search: 'queue', status: ['completed'], labels: { task: 'queue' } });
    expect(searched.items.map(({ task }) => task)).toEqual(['A queue']);
    const first = await client.list({ limit: 1 });
    const second = await client.list({ limit: 1, before: first.next });
    expect([...first.items, ...second.items]).toEqual(recorded.page);
    expect(second.next).toBeUndefined();
    expect(client.remaining).toBe(0);
  });

  test('sends nothing before the test says so, and then each event to all subscribers', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    const seen: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of run.events()) seen.push(event);
    })();
    await client.next(0);
    expect(seen.map(({ type }) => type)).toEqual(['run.queued']);
    while (seen.at(-1)?.type !== 'stage.delta') await client.next();
    expect(run.state?.stages.at(-1)?.attempts.at(-1)?.text).not.toBe('');
    expect(seen.at(-1)?.type).toBe('stage.delta');
    while (client.remaining > 0) await client.next();
    await reading;
    expect(seen).toEqual(firstRun());
  });

  test('merges text that a reader has not read, as a server does', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    const events = run.events();
    await events.next();
    await client.nextUntil(({ type }) => type === 'stage.completed');
    await expect(client.nextUntil('run.failed')).rejects.toThrow('None of the recorded events');
    const seen = await Array.fromAsync(events);
    expect(seen.length).toBeLessThan(firstRun().length / 2);
    expect(sequenceProblems(seen, 1)).toEqual([]);
    expect(seen.at(-1)).toEqual(firstRun().at(-1));
  });

  test('accepts commands as the server does, whose laws hold for what subscribers get', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    const seen: RunEvent[] = [];
    const reading = (async () => {
      for await (const event of run.events()) seen.push(event);
    })();
    await client.nextUntil('stage.delta');
    const steer = await run.steer('shorter', { mode: 'next' });
    const redirect = await run.redirect('tester');
    const late = await run.steer('and faster');
    expect(run.state?.commands.map(({ status }) => status)).toEqual(['accepted', 'accepted', 'accepted']);
    await expect(run.steer('not here', { expect: { stage: 9 } })).rejects.toMatchObject({
      code: 'STAGE_MISMATCH',
    });
    await expect(run.redirect('nobody')).rejects.toMatchObject({ code: 'ILLEGAL_TARGET' });
    const { commandId } = steer.receipt;
    const again = await run.steer('shorter', { mode: 'next', commandId });
    expect(again.receipt).toEqual(steer.receipt);
    await expect(run.steer('other', { commandId })).rejects.toMatchObject({ code: 'COMMAND_ID_CONFLICT' });
    await client.settle(commandId);
    expect(await steer.outcome).toMatchObject({ status: 'applied', stage: 1, attempt: 1 });
    await client.settle(redirect.receipt.commandId, { dropped: 'superseded' });
    expect(await redirect.outcome).toMatchObject({ status: 'dropped', reason: 'superseded' });
    await expect(client.settle(commandId)).rejects.toThrow('No accepted command');
    await client.end();
    await reading;
    expect(await late.outcome).toEqual({ status: 'dropped', reason: 'run_completed', text: 'and faster' });
    await expect(run.cancel()).rejects.toMatchObject({ code: 'RUN_ENDED' });
    expect(sequenceProblems(seen)).toEqual([]);
    expect(seen.flatMap((event) => RunEventSchema.safeParse(event).error?.issues ?? [])).toEqual([]);
    // The record is not changed by a steer: it has no attempt with that steer in its prompt.
    const { steersAreInTheirPrompt: _, ...laws } = allInvariants;
    for (const law of Object.values(laws)) expect(law(seen as DurableEvent[])).toEqual([]);
    expect(client.calls.map(({ path }) => path).slice(0, 3)).toEqual([
      'runs.start',
      'runs.steer',
      'runs.redirect',
    ]);
    expect(client.calls[1]).toMatchObject({ input: { text: 'shorter', expect: { stage: 1 } } });
  });

  test('ends a run that is cancelled in place of the rest of its events', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    await client.nextUntil('stage.delta');
    const steer = await run.steer('shorter');
    const cancel = await run.cancel({ reason: 'enough' });
    await client.end();
    expect((await run.result()).status).toBe('cancelled');
    expect(await steer.outcome).toMatchObject({ status: 'dropped', reason: 'run_cancelled' });
    expect(await cancel.outcome).toMatchObject({ status: 'applied' });
    const events = await Array.fromAsync(run.events());
    for (const law of Object.values(allInvariants)) expect(law(events as DurableEvent[])).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run.cancelled', reason: 'enough' });
  });

  test('loses and restores its connection at any instants, and subscribers get each event once', async () => {
    const total = firstRun().at(-1)?.seq ?? 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ count: fc.nat(9), lose: fc.boolean(), steer: fc.boolean() }), { maxLength: 20 }),
        async (steps) => {
          await using client = createReplayClient(firstRun());
          const run = await client.start({ task: 'whatever' });
          const seen: RunEvent[] = [];
          const types: string[] = [];
          const reading = (async () => {
            for await (const event of run.events()) seen.push(event);
          })();
          const feed = client.feed({ text: true });
          const following = (async () => {
            for await (const event of feed) types.push(event.type);
          })();
          await client.next(0);
          for (const { count, lose, steer } of steps) {
            if (lose) client.disconnect();
            if (steer && !lose && client.remaining > 0) await run.steer('shorter', { expect: 'any' });
            await client.next(count);
            if (lose) await client.reconnect();
          }
          await client.end();
          await reading;
          expect(sequenceProblems(seen)).toEqual([]);
          const added = seen.filter(({ type }) => type.startsWith('command.')).length;
          expect(seen.at(-1)?.seq).toBe(total + added);
          expect(seen.reduce<RunState | undefined>(fold, undefined)).toEqual(await run.snapshot());
          const withoutText = (type: string) =>
            !/^(?:feed|command|stage\.(?:delta|reasoning)|run\.queued)/.test(type);
          const [, ...expected] = firstRun().map(({ type }) => type);
          expect(types.filter(withoutText)).toEqual(expected.filter(withoutText));
          await client.close();
          await expect(following).rejects.toMatchObject({ code: 'CLOSED' });
        },
      ),
      { numRuns: 25, seed: 1 },
    );
  });

  test('makes calls wait while there is no connection, and says so', async () => {
    await using client = createReplayClient(firstRun());
    const states: string[] = [];
    client.onConnection(({ status }) => states.push(status));
    await client.next();
    const [runId = ''] = recorded.states.map((state) => state.runId);
    const events = client.run(runId).events();
    await events.next();
    client.disconnect();
    const abort = new AbortController();
    const aborted = client.run(runId).snapshot({ signal: abort.signal });
    const snapshot = client.run(runId).snapshot();
    abort.abort(new Error('not any more'));
    await expect(aborted).rejects.toThrow('not any more');
    await client.next(3);
    await client.reconnect();
    expect((await snapshot).seq).toBe(4);
    expect(states).toEqual(['open', 'lost', 'open']);
    await client.close();
    await expect(client.info()).rejects.toMatchObject({ code: 'CLOSED' });
    expect(client.connection.status).toBe('closed');
  });

  test('deletes an ended run', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    await expect(run.delete()).rejects.toMatchObject({ code: 'RUN_NOT_ENDED' });
    await client.end();
    const feed = client.feed();
    expect((await feed.next()).value?.type).toBe('feed.opened');
    const receipt = await run.delete();
    expect(await run.delete()).toEqual(receipt);
    expect((await feed.next()).value).toMatchObject({ type: 'run.deleted', runId: run.id });
    await expect(run.snapshot()).rejects.toMatchObject({ code: 'RUN_EXPIRED' });
    expect((await client.list()).items).toEqual([]);
  });

  test('answers a call by a function of the test, and rejects one that it cannot answer', async () => {
    const overloaded = new StagewireError('OVERLOADED', 'Too many runs.');
    await using client = createReplayClient(firstRun(), {
      info: { realModel: true },
      answers: {
        'runs.start': () => {
          throw overloaded;
        },
        'runs.prompt': ({ stage, attempt }) => ({
          stage,
          attempt,
          role: 'coder',
          model: 'rehearsal',
          system: 'You are the coder.',
          messages: [],
          exact: true,
        }),
      },
    });
    await expect(client.start({ task: 'x' })).rejects.toBe(overloaded);
    expect((await client.info()).realModel).toBe(true);
    await client.next();
    const run = client.run(firstRun()[0]?.runId ?? '');
    expect(await run.prompt({ stage: 1, attempt: 1 })).toMatchObject({ system: 'You are the coder.' });
    await expect(client.procedures.keys.list(undefined)).rejects.toThrow('no answer to keys.list');
    await expect(client.run('run_missing00').snapshot()).rejects.toMatchObject({ code: 'RUN_NOT_FOUND' });
    await expect(client.run('run_missing00').events().next()).rejects.toMatchObject({
      code: 'RUN_NOT_FOUND',
    });
  });

  test('adds events, and resumes after a cursor', async () => {
    await using client = createReplayClient(firstRun());
    const run = await client.start({ task: 'whatever' });
    await client.nextUntil('stage.delta');
    const { cursor, seq } = await run.snapshot();
    const resumed = run.events({ from: cursor });
    const reading = resumed.next();
    await client.add(run.id, { type: 'run.recovered', reason: 'restart', cutOff: null });
    expect((await reading).value).toMatchObject({ type: 'run.recovered', seq: seq + 1 });
    await client.next();
    expect((await resumed.next()).value).toMatchObject({ seq: seq + 2 });
    expect((await run.snapshot()).epoch).toBe(2);
    await expect(run.events({ from: 'nonsense' }).next()).rejects.toMatchObject({ code: 'CURSOR_INVALID' });
  });
});

describe('recorded events', () => {
  test('are read from the lines of `watch --json`', () => {
    const lines = firstRun().map((event) => JSON.stringify(event));
    expect(parseEvents(`${lines.join('\n')}\n\n`)).toEqual(firstRun());
    expect(() => parseEvents(`${lines[0]}\n{`)).toThrow('Line 2 is not JSON.');
    expect(() => parseEvents('{"type":1}')).toThrow('Line 1 is not an event of a run.');
  });

  test('must be complete from the first event of each run on', () => {
    const events = firstRun();
    expect(() => createReplayClient(events.slice(1))).toThrow('are incomplete');
    expect(() => createReplayClient(events.filter((_, index) => index !== 3))).toThrow('are incomplete');
    expect(events.some(isTerminal)).toBe(true);
    expect(createReplayClient([]).remaining).toBe(0);
  });
});
