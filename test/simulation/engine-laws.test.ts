import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fold,
  StagewireError,
  type DurableEvent,
  type InputFile,
  type Receipt,
  type RunState,
} from '@stagewire/shared';
import type { Append, EventLog } from '../../server/log/event-log.ts';
import { findRolesProblem } from '../../server/pipeline/plan.ts';
import { principal, createEngine, type CommandDraft, type Engine } from '../support/engine.ts';
import { createFakeClock } from '../support/fake-clock.ts';
import { createFallibleLog } from '../support/fallible-log.ts';
import { createRandomModel } from '../support/random-model.ts';
import { checkFilesAt, checkPromptLaws } from '../support/prompt-laws.ts';
import { checkAppend, checkRun } from '../support/check-run.ts';
import { checkCopies } from '../support/copy-laws.ts';
import { refusalsByState } from '../support/command-refusals.ts';
import { createKillableLog } from '../support/killable-log.ts';
import { createSeededChance } from '../support/seeded-random-ids.ts';

const pipelineRoles = ['architect', 'coder', 'reviewer', 'refiner', 'tester', 'documenter'] as const;
const roles = [...pipelineRoles, 'poet'] as const;

const expectation = fc.oneof(
  { weight: 3, arbitrary: fc.constant('any' as const) },
  fc.record({ role: fc.constantFrom(...roles) }),
  fc.record({ stage: fc.integer({ min: 1, max: 5 }) }),
);

const command = fc.oneof(
  fc.record({
    kind: fc.constant('steer' as const),
    text: fc.constantFrom('be brief', 'use Hono'),
    mode: fc.constantFrom('restart' as const, 'continue' as const, 'next' as const),
    scope: fc.constantFrom('stage' as const, 'run' as const),
    draft: fc.constantFrom(undefined, 'keep' as const, 'drop' as const),
    expect: expectation,
  }),
  fc.record({
    kind: fc.constant('redirect' as const),
    to: fc.constantFrom(...roles),
    text: fc.option(fc.constant('again'), { nil: undefined }),
    expect: expectation,
  }),
  fc.record({
    kind: fc.constant('cancel' as const),
    target: fc.constant('stage' as const),
    expect: expectation,
  }),
);

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('advance' as const), ms: fc.integer({ min: 0, max: 400 }) }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('command' as const), command }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel run' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('send again' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('crash' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('crash in append' as const),
      nth: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('log fails' as const), ms: fc.integer({ min: 1, max: 4000 }) }),
  },
);

/** What a run is started with, and what the server knows of its model. */
const setting = fc.record({
  roles: fc.subarray([...pipelineRoles], { minLength: 1 }),
  maxRefinements: fc.integer({ min: 0, max: 2 }),
  files: fc.constantFrom<readonly InputFile[]>(
    [],
    [{ path: 'src/a.ts', text: 'export {};\n' }],
    [
      { path: 'README.md', text: '# It\n' },
      { path: 'src/a.ts', text: 'export {};\n' },
      { path: 'notes.txt', text: 'n'.repeat(9000) },
    ],
  ),
  contextTokens: fc.constantFrom(undefined, 2500, 4000, 200_000),
  /** Enough for a part of a run, or for all of it. */
  budget: fc.constantFrom({}, {}, { maxTokens: 700 }, { maxTokens: 2500 }, { maxTokens: 8000 }),
});

/** The engine has no run that is not there, and does not drain. */
const refusals: readonly string[] = ['INVALID_INPUT', ...refusalsByState, 'LOG_UNAVAILABLE'];

describe('the laws of a run', () => {
  test(
    'hold for every interleaving of commands, faults, crashes and completions',
    { timeout: 600_000 },
    async () => {
      const numRuns = Number(process.env['STAGEWIRE_TEST_RUNS'] ?? 700);
      await fc.assert(
        fc.asyncProperty(
          fc.integer({ min: 1, max: 2 ** 31 }),
          setting.filter(({ roles: chosen }) => findRolesProblem(chosen) === undefined),
          fc.array(step, { maxLength: 40 }),
          async (seed, set, steps) => {
            await simulate(seed, steps, set);
          },
        ),
        { numRuns },
      );
    },
  );

  test('one seed twice gives the same log', async () => {
    const steps: Step[] = [
      { do: 'advance', ms: 300 },
      {
        do: 'command',
        command: {
          kind: 'steer',
          text: 'use Hono',
          mode: 'restart',
          scope: 'run',
          draft: 'keep',
          expect: 'any',
        },
      },
      { do: 'crash' },
      { do: 'advance', ms: 900 },
    ];
    expect(await simulate(7, steps)).toEqual(await simulate(7, steps));
  });
});

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Setting = typeof setting extends fc.Arbitrary<infer S> ? S : never;

const usual: Setting = {
  roles: pipelineRoles.slice(),
  maxRefinements: 2,
  files: [],
  contextTokens: undefined,
  budget: {},
};

async function simulate(seed: number, steps: readonly Step[], set = usual) {
  const clock = createFakeClock();
  const random = createSeededChance(seed);
  let logWorks = true;
  const shared = checked(
    createFallibleLog({
      clock,
      beforeCommit() {
        if (!logWorks) throw new Error('disk full');
      },
    }),
  );
  const boot = () => {
    const handle = createKillableLog(shared);
    const provider = createRandomModel({ clock, random });
    return Object.assign(handle, {
      engine: createEngine({
        provider,
        clock,
        log: handle.log,
        random,
        logRetryMs: 100,
        limitsOf: () => (set.contextTokens === undefined ? undefined : { contextTokens: set.contextTokens }),
      }),
    });
  };
  let server = boot();
  const runId = await server.engine.start({
    pipeline: { roles: set.roles, maxRefinements: set.maxRefinements },
    files: [...set.files],
    limits: { maxAttemptsPerStage: 4, maxDurationMs: 600_000, ...set.budget },
  });
  const unexpected: unknown[] = [];
  const sent: { draft: CommandDraft & { commandId: string }; receipt?: Receipt }[] = [];

  function send(draft: CommandDraft & { commandId: string }): void {
    const entry: (typeof sent)[number] = { draft };
    sent.push(entry);
    deliver(server.engine, entry);
  }

  function deliver(engine: Engine, entry: (typeof sent)[number]): void {
    engine.command(entry.draft).then(
      (receipt) => {
        if (entry.receipt !== undefined && !isDeepStrictEqual(receipt, entry.receipt))
          unexpected.push(receipt);
        entry.receipt = receipt;
      },
      (error: unknown) => {
        if (!(error instanceof StagewireError && refusals.includes(error.code))) unexpected.push(error);
      },
    );
  }

  function reviveIfDead(): void {
    if (server.alive) return;
    server = boot();
    void server.engine.supervisor.recover();
  }

  for (const one of steps) {
    switch (one.do) {
      case 'advance':
        await clock.advance(one.ms);
        break;
      case 'command':
        send({ ...one.command, runId, commandId: random.uuid() });
        break;
      case 'cancel run':
        send({ kind: 'cancel', target: 'run', runId, commandId: random.uuid() });
        break;
      case 'send again': {
        const again = sent.at(-1);
        if (again !== undefined) deliver(server.engine, again);
        break;
      }
      case 'crash':
        server.kill();
        break;
      case 'crash in append':
        server.killInAppend(one.nth);
        await clock.advance(50);
        break;
      case 'log fails':
        logWorks = false;
        await clock.advance(one.ms);
        logWorks = true;
        break;
      default:
        one satisfies never;
    }
    reviveIfDead();
  }
  for (let round = 0; round < 200 && (await shared.head(runId))?.status === 'live'; round += 1) {
    await clock.advance(10_000);
    reviveIfDead();
  }
  await clock.runTurns();
  const entries = await shared.read(runId, { after: 0, limit: 1_000_000 });
  expect(unexpected).toEqual([]);
  checkRun(entries);
  const events = entries.map(({ event }) => event);
  checkPromptLaws(events);
  await checkFilesAt(events, (at) => server.engine.supervisor.files({ runId, at }, principal));
  expect((await shared.head(runId))?.status).toBe('ended');
  const accepted = entries.flatMap(({ event }) =>
    event.type === 'command.accepted' ? [event.commandId] : [],
  );
  for (const { draft, receipt } of sent) {
    if (receipt !== undefined) expect(accepted).toContain(draft.commandId);
  }
  await startFrom(events);
  return entries;

  /** Starts another run from a place of this one, and kills the server at one of the appends of the new run. */
  async function startFrom(source: readonly DurableEvent[]): Promise<void> {
    const upTo = (most: number) => Math.floor(random.next() * (most + 1));
    const starts = source.filter((event) => event.type === 'stage.started');
    const place = random.next() < 0.3 ? undefined : starts[upTo(starts.length - 1)];
    const isFork = place !== undefined && place.format !== 'json' && random.next() < 0.5;
    const from = {
      runId,
      ...(place === undefined ? {} : { stage: place.stage }),
      ...(isFork ? { attempt: place.attempt } : {}),
    };
    const input = { runId: random.runId(clock.now()), from, task: random.next() < 0.5 ? 'More' : 'Begin' };
    server.killInAppend(1 + upTo(3));
    void server.engine.supervisor.start(input, principal).catch((error: unknown) => unexpected.push(error));
    for (let round = 0; round < 200; round += 1) {
      await clock.advance(round < 10 ? 200 : 10_000);
      // A start without an answer is sent again.
      if (!server.alive) {
        reviveIfDead();
        await clock.runTurns();
        void server.engine.supervisor
          .start(input, principal)
          .catch((error: unknown) => unexpected.push(error));
      }
      await clock.runTurns();
      if ((await shared.head(input.runId))?.status === 'ended') break;
    }
    expect(unexpected).toEqual([]);
    const started = await shared.read(input.runId, { after: 0, limit: 1_000_000 });
    checkRun(started);
    const startedEvents = started.map(({ event }) => event);
    checkCopies(startedEvents, source);
    checkPromptLaws(startedEvents);
    await checkFilesAt(startedEvents, (at) =>
      server.engine.supervisor.files({ runId: input.runId, at }, principal),
    );
  }
}

/** A log that checks every append it has taken. */
function checked(log: EventLog): EventLog {
  return {
    ...log,
    async append(append: Append) {
      await log.append(append);
      const entries = await log.read(append.runId, {
        after: 0,
        limit: append.expectedSeq + append.events.length,
      });
      const after = entries.reduce<RunState | undefined>((state, { event }) => fold(state, event), undefined);
      assert.ok(after !== undefined);
      checkAppend(append.events, after);
    },
  };
}
