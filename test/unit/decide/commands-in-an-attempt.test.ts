import { describe, expect, test } from 'vitest';
import {
  backoff,
  coding,
  next,
  proceed,
  restart,
  start,
  toTester,
  type CommandsRow,
} from '../../support/decider-scene.ts';
import { given, type Step } from '../../support/decider-spec.ts';
import {
  aborted,
  begin,
  cancelRun,
  cancelStage,
  completed,
  fail,
  failed,
  file,
  noted,
  queued,
  redirect,
  resolve,
  retry,
  steer,
  text,
} from '../../support/decider-steps.ts';

const reviewing: Step[] = [...coding, completed(), text('2.1', 'reviewer', '{"verdict": "appr')];

describe('in an attempt, commands are applied when its model call has ended', () => {
  test.each<CommandsRow>([
    {
      what: 'a steer begins the answer again',
      commands: [restart],
      events: [
        'stage.interrupted 1.1 steer c1',
        'stage.started 1.2 coder steer reads c1',
        'command.applied c1 to 1.2',
      ],
    },
    {
      what: 'a steer that continues keeps what was written',
      commands: [proceed],
      events: [
        'stage.interrupted 1.1 steer c1',
        `stage.started 1.2 coder steer keeps ${file.length} reads c1`,
        'command.applied c1 to 1.2',
      ],
    },
    {
      what: 'steers are applied together, and one restart goes for all',
      commands: [proceed, steer('c2')],
      events: [
        'stage.interrupted 1.1 steer c1 c2',
        'stage.started 1.2 coder steer reads c1 c2',
        'command.applied c1 to 1.2',
        'command.applied c2 to 1.2',
      ],
    },
    {
      what: 'a steer for the next stage lets this attempt be, and stays pending beside one that does not',
      commands: [next, steer('c2')],
      events: [
        'stage.interrupted 1.1 steer c2',
        'stage.started 1.2 coder steer reads c2',
        'command.applied c2 to 1.2',
      ],
    },
    {
      what: 'a redirect records the files that are whole, and supersedes a steer of this stage',
      commands: [steer('c2'), toTester],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.interrupted 1.1 redirect c1',
        'command.applied c1 to 1.1',
        'command.dropped c2 superseded',
        'run.planned redirect: tester',
        'stage.started 2.1 tester redirect reads c1',
      ],
    },
    {
      what: 'steers that outlive the stage enter the prompt of the next',
      commands: [steer('c2', { scope: 'run' }), steer('c3', { mode: 'next' }), cancelStage('c1')],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.cancelled 1.1 c1',
        'command.applied c1 to 1.1',
        'run.planned cancel: reviewer',
        'stage.started 2.1 reviewer plan reads c2 c3',
        'command.applied c2 to 2.1',
        'command.applied c3 to 2.1',
      ],
    },
    {
      what: 'a cancel of the run goes before all others',
      commands: [steer('c2', { scope: 'run' }), cancelRun('c1'), redirect('c3', 'tester')],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.cancelled 1.1 c1',
        'command.applied c1 to 1.1',
        'command.dropped c2 run_cancelled',
        'command.dropped c3 run_cancelled',
        'run.cancelled c1',
      ],
    },
  ])('$what', ({ commands, events }) => {
    const run = given(...coding, ...commands);
    run.when(aborted).thenEvents(...events);
    // However the call has ended: the commands came first.
    run.when(completed()).thenEvents(...events);
    run.when(failed()).thenEvents(...events);
  });

  test('nothing is applied before the call has ended', () => {
    given(...coding, restart)
      .when(resolve)
      .thenEvents();
    given(...coding, cancelRun('c1'))
      .when(begin)
      .thenEvents();
    given(...coding, cancelRun('c1'))
      .when(retry)
      .thenEvents();
  });

  test('a file that is not whole is passed over', () => {
    given(start, begin, text('1.1', 'coder', file.slice(0, 20)), cancelStage('c1'))
      .when(aborted)
      .thenEvents(
        'artifact.skipped 1.1 open src/a.ts',
        'stage.cancelled 1.1 c1',
        'command.applied c1 to 1.1',
        'run.planned cancel: reviewer',
        'stage.started 2.1 reviewer plan',
      );
  });

  test('the last stage that is cancelled ends the run, and hands back what waited for a next one', () => {
    given(queued(['coder']), begin, next, steer('c2'), cancelStage('c3'))
      .when(aborted)
      .thenEvents(
        'stage.cancelled 1.1 c3',
        'command.applied c3 to 1.1',
        'command.dropped c2 superseded',
        'command.dropped c1 run_completed',
        'run.planned cancel: ',
        'run.completed none',
      );
  });

  test('a text that a command drops comes back with its outcome', () => {
    const { bodies } = given(...coding, steer('c2', { text: 'use Hono' }), cancelRun('c1')).when(aborted);
    expect(bodies.find(({ type }) => type === 'command.dropped')).toMatchObject({ text: 'use Hono' });
  });

  test('the usage of the call is that of the attempt and of the run', () => {
    const { bodies } = given(queued(['coder']), begin, cancelStage('c1')).when(aborted);
    expect(bodies[0]).toMatchObject({ usage: { inputTokens: 10, outputTokens: 5 } });
    expect(bodies.at(-1)).toMatchObject({
      type: 'run.completed',
      usage: { inputTokens: 10, outputTokens: 5 },
    });
  });
});

describe('in a review', () => {
  test('a steer never keeps JSON, even if one that continues was accepted', () => {
    const command = steer('c1', { mode: 'continue' });
    const target = { stage: 2, role: 'reviewer', attempt: 1 };
    given(...reviewing)
      .when(command)
      .thenRefused('ILLEGAL_TARGET');
    // In a log of an earlier version.
    const { commandId } = command;
    const actor = { id: 'local', kind: 'anonymous' } as const;
    given(...reviewing, { type: 'command.accepted', commandId, actor, command, target })
      .when(aborted)
      .thenEvents(
        'stage.interrupted 2.1 steer c1',
        'stage.started 2.2 reviewer steer reads c1',
        'command.applied c1 to 2.2',
      );
  });

  test('a cancel of the stage leaves a verdict of unknown, with the issues that were noted', () => {
    given(...reviewing, noted('2.1', 'no tests'), cancelStage('c1'))
      .when(aborted)
      .thenEvents(
        'review.recorded 2.1 unknown 1 issues',
        'stage.cancelled 2.1 c1',
        'command.applied c1 to 2.1',
        'run.planned cancel: ',
        'run.completed unknown',
      );
  });
});

describe('when the run fails', () => {
  test('what is pending is handed back', () => {
    given(...coding, next, redirect('c2', 'tester'))
      .when(fail())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.failed 1.1 LIMIT_REACHED',
        'command.dropped c1 run_failed',
        'command.dropped c2 run_failed',
        'run.failed LIMIT_REACHED in 1',
      );
  });

  test('a cancel of the run that came first still cancels it', () => {
    given(...coding, cancelRun('c1'))
      .when(fail())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.cancelled 1.1 c1',
        'command.applied c1 to 1.1',
        'run.cancelled c1',
      );
    given(...backoff, cancelRun('c1'))
      .when(fail())
      .thenEvents('command.applied c1 to 1.1', 'run.cancelled c1');
    given(start, cancelRun('c1'))
      .when(fail())
      .thenEvents('command.applied c1 to the queue', 'run.cancelled c1');
  });
});
