import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { test } from 'vitest';
import { StagewireError } from '@stagewire/shared';
import type { EventLog } from '../../server/log/event-log.ts';
import { LogConflict } from '../../server/log/event-log.ts';
import { createMemoryLog } from '../../server/log/memory.ts';
import { createMemoryAccount, memoryLimitsOf } from '../../server/runtime/memory-account.ts';
import { createEngine, settle, type CommandDraft, type Engine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createScriptedProvider, type ScriptedCall } from '../support/scripted-provider.ts';

// Runs that begin, wait, take commands, end and are taken up again while there is memory for one to three of them.

const which = fc.nat({ max: 11 });

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('start' as const),
      files: fc.integer({ min: 0, max: 6 }),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('steer' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('answer' as const), which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('say' as const), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('turns' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
);

const scenario = fc.record({
  runsBytes: fc.integer({ min: 1_000_000, max: 3_000_000 }),
  maxRunningRuns: fc.integer({ min: 1, max: 4 }),
  steps: fc.array(step, { minLength: 4, maxLength: 30 }),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

async function play({ runsBytes, maxRunningRuns, steps }: Scenario): Promise<void> {
  const clock = createFakeClock();
  const memory = createMemoryLog({ clock });
  const conflicts: string[] = [];
  let generation = 0;
  let calls: ScriptedCall[] = [];

  /** One process: what it writes after its crash is lost. */
  function open() {
    generation += 1;
    const own = generation;
    calls = [];
    const ownCalls = calls;
    const account = createMemoryAccount({ ...memoryLimitsOf(1_000_000_000), runs: runsBytes });
    const log: EventLog = {
      ...memory,
      async append(append) {
        // A process that has crashed never comes back from its append.
        if (own !== generation) await new Promise(() => {});
        try {
          return await memory.append(append);
        } catch (error) {
          if (error instanceof LogConflict && append.expectedSeq > 0 && own === generation)
            conflicts.push(append.runId);
          throw error;
        }
      },
    };
    const provider = createScriptedProvider({ onCall: (call) => void ownCalls.push(call) });
    const engine = createEngine({ provider, clock, log, account, maxRunningRuns, seed: own });
    return { engine, account };
  }

  let { engine, account } = open();
  const ids: string[] = [];
  const accepted: { readonly runId: string; readonly commandId: string }[] = [];
  let under: Promise<unknown>[] = [];

  function give(by: Engine, draft: CommandDraft): void {
    const commandId = randomUUID();
    const given = by.command({ ...draft, commandId }).then(
      () => void accepted.push({ runId: draft.runId, commandId }),
      (error: unknown) => {
        if (!(error instanceof StagewireError)) throw error;
      },
    );
    given.catch(() => undefined);
    under.push(given);
  }

  async function take(next: Scenario['steps'][number]): Promise<void> {
    const openCalls = calls.filter(({ signal }) => !signal.aborted);
    const call = 'which' in next ? openCalls[next.which % Math.max(1, openCalls.length)] : undefined;
    const runId = 'which' in next ? ids[next.which % Math.max(1, ids.length)] : undefined;
    switch (next.do) {
      case 'start': {
        const files = Array.from({ length: next.files }, (_, index) => {
          return { path: `context-${index}.txt`, text: 'x'.repeat(150_000) };
        });
        ids.push(await engine.start({ files, pipeline: { roles: ['documenter'] } }));
        return;
      }
      case 'steer':
        if (runId === undefined) return;
        return give(engine, {
          kind: 'steer',
          text: 'be brief',
          mode: 'restart',
          scope: 'run',
          expect: 'any',
          runId,
        });
      case 'cancel':
        if (runId !== undefined) give(engine, { kind: 'cancel', target: 'run', runId });
        return;
      case 'answer':
        return call?.answer('# Done\n');
      case 'say':
        return call?.say('word '.repeat(100));
      case 'turns':
        return clock.advance(50);
      case 'restart':
        await settle(clock, engine.supervisor.stop());
        await settle(clock, Promise.all(under));
        break;
      case 'crash':
        // What was on its way to the disk has landed before the next process reads it.
        generation += 1;
        await clock.runTurns();
        break;
    }
    under = [];
    ({ engine, account } = open());
    await settle(clock, engine.supervisor.recover());
  }

  for (const next of steps) await take(next);

  // From here on every model answers, and every run has to end.
  for (let round = 0; round < 200; round += 1) {
    await clock.advance(1000);
    for (const call of calls.splice(0)) if (!call.signal.aborted) call.answer('# Done\n');
  }
  await settle(clock, Promise.all(under));
  assert.deepEqual(conflicts, [], 'no run is owned twice');
  for (const runId of ids) {
    const { status, commands } = await settle(clock, engine.state(runId));
    assert.ok(status !== 'queued' && status !== 'running', `${runId} is ${status}`);
    for (const given of accepted.filter((one) => one.runId === runId)) {
      const kept = commands.find(({ commandId }) => commandId === given.commandId);
      assert.ok(kept !== undefined && kept.status !== 'accepted', `${given.commandId} is ${kept?.status}`);
    }
  }
  // What ended runs are kept for is held as well; `state` above has read them.
  const cached = runsBytes / 8;
  assert.ok(account.report().runs.heldBytes <= cached, `${account.report().runs.heldBytes} bytes are held`);
  assert.deepEqual(await memory.liveRuns(), []);
}

/** Found by chance: a command to a run that had just been given up or had just ended; both were owned twice. */
const examples: [Scenario][] = [
  [
    {
      runsBytes: 1_000_000,
      maxRunningRuns: 1,
      steps: [
        { do: 'start', files: 0 },
        { do: 'start', files: 2 },
        { do: 'cancel', which: 3 },
        { do: 'steer', which: 0 },
        { do: 'steer', which: 9 },
      ],
    },
  ],
  [
    {
      runsBytes: 1_000_000,
      maxRunningRuns: 1,
      steps: [
        { do: 'start', files: 0 },
        { do: 'start', files: 2 },
        { do: 'restart' },
        { do: 'cancel', which: 7 },
        { do: 'steer', which: 3 },
        { do: 'say', which: 0 },
      ],
    },
  ],
  // Runs that were running before a restart, and take a command while they wait for room.
  [
    {
      runsBytes: 3_000_000,
      maxRunningRuns: 4,
      steps: [
        { do: 'start', files: 1 },
        { do: 'start', files: 1 },
        { do: 'start', files: 1 },
        { do: 'say', which: 2 },
        { do: 'crash' },
        { do: 'steer', which: 2 },
        { do: 'turns' },
        { do: 'steer', which: 1 },
      ],
    },
  ],
  // A run that had ended before it was read for its command was kept in memory, and those behind it stayed queued.
  [
    {
      runsBytes: 1_000_000,
      maxRunningRuns: 1,
      steps: [
        { do: 'start', files: 0 },
        { do: 'start', files: 2 },
        { do: 'start', files: 2 },
        { do: 'cancel', which: 1 },
        { do: 'steer', which: 10 },
        { do: 'steer', which: 0 },
        { do: 'turns' },
        { do: 'turns' },
      ],
    },
  ],
  // Cancelled while it waited, and read for its turn a moment later: the ended run was kept in memory for ever.
  [
    {
      runsBytes: 1_000_000,
      maxRunningRuns: 1,
      steps: [
        { do: 'start', files: 0 },
        { do: 'start', files: 1 },
        { do: 'cancel', which: 1 },
        { do: 'answer', which: 0 },
        { do: 'turns' },
      ],
    },
  ],
  [
    {
      runsBytes: 1_000_000,
      maxRunningRuns: 1,
      steps: [
        { do: 'start', files: 0 },
        { do: 'start', files: 0 },
        { do: 'start', files: 2 },
        { do: 'answer', which: 0 },
        { do: 'cancel', which: 10 },
        { do: 'say', which: 0 },
      ],
    },
  ],
];

test('with memory for a few runs, none is forgotten, none is owned twice, and nothing stays held', async () => {
  await fc.assert(fc.asyncProperty(scenario, play), { numRuns: 100, examples });
}, 60_000);
