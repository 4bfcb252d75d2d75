import { describe, test } from 'vitest';
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
import { given } from '../../support/decider-spec.ts';
import {
  begin,
  cancelRun,
  cancelStage,
  file,
  recover,
  redirect,
  resolve,
  retry,
  steer,
} from '../../support/decider-steps.ts';

describe('in backoff, commands are applied at once, and no attempt ends a second time', () => {
  test.each<CommandsRow>([
    {
      what: 'a steer begins the next attempt',
      commands: [restart],
      events: ['stage.started 1.2 coder steer reads c1', 'command.applied c1 to 1.2'],
    },
    {
      what: 'a steer that continues keeps what the failed attempt wrote',
      commands: [proceed],
      events: [`stage.started 1.2 coder steer keeps ${file.length} reads c1`, 'command.applied c1 to 1.2'],
    },
    {
      what: 'a redirect',
      commands: [toTester],
      events: [
        'command.applied c1 to 1.1',
        'run.planned redirect: tester',
        'stage.started 2.1 tester redirect reads c1',
      ],
    },
    {
      what: 'a cancel of the stage',
      commands: [cancelStage('c1')],
      events: [
        'command.applied c1 to 1.1',
        'run.planned cancel: reviewer',
        'stage.started 2.1 reviewer plan',
      ],
    },
    {
      what: 'a cancel of the run',
      commands: [cancelRun('c1')],
      events: ['command.applied c1 to 1.1', 'run.cancelled c1'],
    },
  ])('$what', ({ commands, events }) => {
    const run = given(...backoff, ...commands);
    run.when(resolve).thenEvents(...events);
    // Also when the backoff is over a moment before it was resolved.
    run.when(retry).thenEvents(...events);
  });

  test('a steer for the next stage waits, and the retry does not', () => {
    given(...backoff, next)
      .when(resolve)
      .thenEvents();
    given(...backoff, next)
      .when(retry)
      .thenEvents('stage.started 1.2 coder retry');
  });
});

describe('in the queue', () => {
  test.each<CommandsRow>([
    { what: 'a steer waits for the first stage', commands: [restart], events: [] },
    { what: 'so does one for the next', commands: [next], events: [] },
    {
      what: 'a redirect changes the plan',
      commands: [toTester],
      events: ['command.applied c1 to the queue', 'run.planned redirect: tester'],
    },
    {
      what: 'the last redirect wins, and steers stay',
      commands: [redirect('c2', 'coder'), steer('c3'), toTester],
      events: [
        'command.applied c1 to the queue',
        'command.dropped c2 superseded',
        'run.planned redirect: tester',
      ],
    },
    {
      what: 'a cancel ends the run before it has begun',
      commands: [steer('c2'), cancelRun('c1')],
      events: ['command.applied c1 to the queue', 'command.dropped c2 run_cancelled', 'run.cancelled c1'],
    },
  ])('$what', ({ commands, events }) => {
    given(start, ...commands)
      .when(resolve)
      .thenEvents(...events);
    if (events.length > 0)
      given(start, ...commands)
        .when(begin)
        .thenEvents(...events);
  });

  test('steers enter the first prompt, whatever their scope', () => {
    given(start, restart, steer('c2', { mode: 'next' }))
      .when(begin)
      .thenEvents(
        'run.started',
        'run.planned start: coder, reviewer',
        'stage.started 1.1 coder plan reads c1 c2',
        'command.applied c1 to 1.1',
        'command.applied c2 to 1.1',
      );
  });

  test('a run that was redirected begins where it leads, and reads the text of the redirect', () => {
    given(start, toTester, resolve, steer('c2'))
      .when(begin)
      .thenEvents(
        'run.started',
        'run.planned start: tester',
        'stage.started 1.1 tester redirect reads c1 c2',
        'command.applied c2 to 1.1',
      );
  });
});

describe('in a recovery', () => {
  test.each<CommandsRow>([
    {
      what: 'a steer enters the attempt that resumes',
      commands: [restart],
      events: [
        'stage.interrupted 1.1 crash',
        'stage.started 1.2 coder resume reads c1',
        'command.applied c1 to 1.2',
      ],
    },
    {
      what: 'a redirect finds the attempt ended',
      commands: [toTester],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.interrupted 1.1 crash',
        'command.applied c1 to 1.1',
        'run.planned redirect: tester',
        'stage.started 2.1 tester redirect reads c1',
      ],
    },
    {
      what: 'so does a cancel of the stage',
      commands: [cancelStage('c1')],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.interrupted 1.1 crash',
        'command.applied c1 to 1.1',
        'run.planned cancel: reviewer',
        'stage.started 2.1 reviewer plan',
      ],
    },
    {
      what: 'and a cancel of the run',
      commands: [cancelRun('c1')],
      events: [
        'artifact.recorded 1.1 src/a.ts',
        'stage.interrupted 1.1 crash',
        'command.applied c1 to 1.1',
        'run.cancelled c1',
      ],
    },
    {
      what: 'a steer for the next stage waits',
      commands: [next],
      events: ['stage.interrupted 1.1 crash', `stage.started 1.2 coder resume keeps ${file.length}`],
    },
  ])('$what', ({ commands, events }) => {
    given(...coding, ...commands)
      .when(recover)
      .thenEvents('run.recovered restart cuts off 1.1', ...events);
  });

  test('in backoff and in the queue, commands are applied without an attempt to end', () => {
    given(...backoff, restart)
      .when(recover)
      .thenEvents(
        'run.recovered restart idle',
        'stage.started 1.2 coder steer reads c1',
        'command.applied c1 to 1.2',
      );
    given(start, cancelRun('c1'))
      .when(recover)
      .thenEvents('run.recovered restart idle', 'command.applied c1 to the queue', 'run.cancelled c1');
  });
});
