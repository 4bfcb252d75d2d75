import type { RunEvent } from '@stagewire/shared';
import { untestable, type Check } from './check.ts';
import { fits, holds, same } from './expectation.ts';
import { stalled } from './checks-of-commands.ts';
import { rejectedWith } from './rejections.ts';
import { eventsOf } from './rehearsed-runs.ts';
import { startInput, type RunInput, type CheckTools } from './verify-kit.ts';

/** L1 to L5 and A3 to A16: the order of stages, and the handling of failures. */
export const checksOfStages: readonly Check[] = [
  {
    rule: 'A3',
    also: ['L1'],
    name: 'a run starts with run.started, run.planned {start} and stage.started, all roles except the tester planned',
    async run(kit) {
      const [, started, planned, first] = await eventsOfRun(kit, {});
      fits('the second event', started, { type: 'run.started', seq: 2 });
      const roles = ['architect', 'coder', 'reviewer', 'documenter'];
      fits('the third', planned, { type: 'run.planned', cause: 'start', roles });
      fits('the fourth', first, {
        type: 'stage.started',
        stage: 1,
        attempt: 1,
        role: 'architect',
        cause: 'plan',
      });
    },
  },
  {
    rule: 'L2',
    also: ['L1', 'E3'],
    name: 'changes requested: refiner, reviewer, then the rest of the plan; approved: the next role',
    async run(kit) {
      const events = await eventsOfRun(kit, {});
      same('the stages', rolesOf(events), [
        'architect',
        'coder',
        'reviewer',
        'refiner',
        'reviewer',
        'documenter',
      ]);
      const planned = events.find((event) => event.type === 'run.planned' && event.cause === 'review');
      fits('the plan after the review', planned, { roles: ['refiner', 'reviewer', 'documenter'] });
      fits('the end', events.at(-1), { type: 'run.completed', verdict: 'approved' });
    },
  },
  {
    rule: 'L2',
    name: 'without refinements left, or without a refiner, changes requested lead to the next role',
    async run(kit) {
      const shape = 'ttft=0,tps=0,reasoning=0,chars=200,seed=7,verdict=changes';
      for (const [input, stages] of [
        [{ maxRefinements: 0 }, ['architect', 'coder', 'reviewer', 'documenter']],
        [{ maxRefinements: 1 }, ['architect', 'coder', 'reviewer', 'refiner', 'reviewer', 'documenter']],
      ] as const) {
        const events = await eventsOfRun(kit, { shape, ...input });
        same(`the stages with maxRefinements ${input.maxRefinements}`, rolesOf(events), stages);
        fits('the end', events.at(-1), { type: 'run.completed', verdict: 'changes_requested' });
      }
    },
  },
  {
    rule: 'L5',
    name: 'the verdict is none if the last code was not reviewed',
    async run(kit) {
      const events = await eventsOfRun(kit, { roles: ['coder'] });
      fits('the end', events.at(-1), { type: 'run.completed', verdict: 'none' });
    },
  },
  {
    rule: 'A4',
    also: ['E3'],
    name: 'a retryable failure has retryInMs and is followed by an attempt with cause retry',
    async run(kit) {
      const events = await eventsOfRun(kit, {
        shape: 'ttft=0,tps=0,seed=7,fault=error@40x1',
        roles: ['documenter'],
      });
      const failed = events.find(({ type }) => type === 'stage.failed');
      holds(
        failed?.type === 'stage.failed' && (failed.retryInMs ?? 0) > 0,
        'stage.failed with retryInMs',
        failed,
      );
      fits('its failure', failed.failure, { code: 'PROVIDER_UNAVAILABLE', retryable: true });
      const started = events.filter(({ type }) => type === 'stage.started')[1];
      fits('the next attempt', started, { attempt: 2, cause: 'retry', keptChars: 0 });
    },
  },
  {
    rule: 'A4',
    name: 'a failure that is not retryable has no retryInMs and fails the run with it',
    async run(kit) {
      for (const [fault, code] of [
        ['refuse', 'PROVIDER_REFUSED'],
        ['auth', 'PROVIDER_AUTH'],
      ] as const) {
        await failsWith(kit, { shape: `ttft=0,tps=0,seed=7,fault=${fault}` }, code);
      }
    },
  },
  {
    rule: 'A5',
    name: 'an empty text is OUTPUT_INVALID and retryable',
    async run(kit) {
      const events = await eventsOfRun(kit, {
        shape: 'ttft=0,tps=0,seed=7,fault=emptyx1',
        roles: ['documenter'],
      });
      const failed = events.find(({ type }) => type === 'stage.failed');
      holds(failed?.type === 'stage.failed', 'stage.failed', failed);
      fits('its failure', failed.failure, { code: 'OUTPUT_INVALID', retryable: true });
      fits('the end', events.at(-1), { type: 'run.completed' });
    },
  },
  {
    rule: 'A6',
    name: 'a stream that ends early is PROVIDER_TRUNCATED, never completed',
    async run(kit) {
      const events = await eventsOfRun(kit, {
        shape: 'ttft=0,tps=0,seed=7,fault=truncate@40x1',
        roles: ['documenter'],
      });
      const ending = events.find(
        (event) => event.type === 'stage.failed' || event.type === 'stage.completed',
      );
      holds(ending?.type === 'stage.failed', 'stage.failed', ending);
      fits('its failure', ending.failure, { code: 'PROVIDER_TRUNCATED', retryable: true });
    },
  },
  {
    rule: 'A7',
    also: ['L4', 'E3'],
    name: 'an unparsable review is repaired once; a second one completes with verdict unknown',
    async run(kit) {
      const events = await eventsOfRun(kit, {
        shape: 'ttft=0,tps=0,seed=7,fault=invalid',
        roles: ['coder', 'reviewer'],
      });
      const failed = events.find(({ type }) => type === 'stage.failed');
      holds(failed?.type === 'stage.failed', 'stage.failed', failed);
      fits('it', failed, { retryInMs: 0 });
      fits('its failure', failed.failure, { code: 'OUTPUT_INVALID' });
      fits('what follows', events[events.indexOf(failed) + 1], {
        type: 'stage.started',
        attempt: 2,
        cause: 'repair',
      });
      fits(
        'the review',
        events.findLast(({ type }) => type === 'review.recorded'),
        { verdict: 'unknown' },
      );
      fits('the end', events.at(-1), { type: 'run.completed', verdict: 'unknown' });
    },
  },
  {
    rule: '§11',
    name: 'in a stage’s last allowed attempt restart and continue are LIMIT_REACHED, next is not',
    async run(kit) {
      const { wire, runId } = await stalled(kit, { limits: { maxAttemptsPerStage: 1 } });
      for (const mode of ['restart', 'continue']) {
        rejectedWith(
          await kit.command(wire, 'runs.steer', { runId, mode, expect: 'any' }),
          'LIMIT_REACHED',
          mode,
        );
      }
      const { error } = await kit.command(wire, 'runs.steer', { runId, mode: 'next', expect: 'any' });
      same('the refusal of next', error, undefined);
    },
  },
  {
    rule: '§11',
    name: 'a failure in the last allowed attempt has no retryInMs and fails the run',
    async run(kit) {
      const shape = 'ttft=0,tps=0,seed=7,fault=drop@40';
      await failsWith(kit, { shape, limits: { maxAttemptsPerStage: 1 } }, 'PROVIDER_UNAVAILABLE');
    },
  },
  {
    rule: 'A16',
    name: 'when maxDurationMs has passed, the attempt and the run fail with LIMIT_REACHED',
    async run(kit) {
      const shape = 'ttft=0,tps=0,seed=7,fault=stall@40';
      await failsWith(kit, { shape, limits: { maxDurationMs: 1000 } }, 'LIMIT_REACHED');
    },
  },
  {
    rule: '§15',
    name: 'a limit above the server’s maximum is rejected',
    async run(kit) {
      const { maxAttemptsPerStageAllowed = 32 } = kit.info.limits;
      const limits = { maxAttemptsPerStage: maxAttemptsPerStageAllowed + 1 };
      const frame = await (await kit.wire()).ask('mutation', 'runs.start', startInput({ limits }));
      rejectedWith(frame, 'INVALID_INPUT');
    },
  },
  untestable(
    'L7',
    'a stage that reaches the model’s own output limit completes',
    'rehearsal has no such limit',
  ),
  untestable('A8', 'the retry delay that a provider requests is honoured', 'rehearsal requests none'),
  untestable('A21', 'attempts are limited per kind of failure', 'rehearsal fails in few ways', [
    'A22',
    'A23',
  ]),
  untestable(
    'J1',
    'a malformed review is parsed as far as possible, and never yields an approval',
    'rehearsal writes well-formed reviews',
    ['J3', 'J4', 'J5'],
  ),
];

async function eventsOfRun(kit: CheckTools, input: RunInput): Promise<readonly RunEvent[]> {
  return eventsOf(await kit.record(input));
}

async function failsWith(kit: CheckTools, input: RunInput, code: string): Promise<void> {
  const [failed, ended] = (await eventsOfRun(kit, { roles: ['documenter'], ...input })).slice(-2);
  holds(failed?.type === 'stage.failed', 'stage.failed as the last event but one', failed);
  same('its retryInMs', failed.retryInMs, undefined);
  same('its code', failed.failure.code, code);
  fits('the end', ended, { type: 'run.failed', failure: failed.failure, stage: 1 });
}

function rolesOf(events: readonly RunEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.type === 'stage.started' && event.attempt === 1 ? [event.role] : [],
  );
}
