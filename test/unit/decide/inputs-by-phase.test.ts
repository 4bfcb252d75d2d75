import { describe, test } from 'vitest';
import { given, type Step } from '../../support/decider-spec.ts';
import {
  begin,
  completed,
  fail,
  failed,
  file,
  openFile,
  queued,
  recover,
  resolve,
  retry,
  steer,
  text,
} from '../../support/decider-steps.ts';

describe('each input in each phase', () => {
  const start = queued(['coder']);
  const phases = {
    queued: [start],
    attempt: [start, begin],
    backoff: [start, begin, failed()],
    ended: [start, begin, fail()],
  } as const satisfies Record<string, readonly Step[]>;
  const nothing: string[] = [];
  const started = ['run.started', 'run.planned start: coder', 'stage.started 1.1 coder plan'];

  test.each<[string, Step, Record<keyof typeof phases, string[]>]>([
    ['begin', begin, { queued: started, attempt: nothing, backoff: nothing, ended: nothing }],
    ['resolve', resolve, { queued: nothing, attempt: nothing, backoff: nothing, ended: nothing }],
    [
      'retry',
      retry,
      { queued: nothing, attempt: nothing, backoff: ['stage.started 1.2 coder retry'], ended: nothing },
    ],
    [
      'the end of a call',
      failed(),
      {
        queued: nothing,
        attempt: ['stage.failed 1.1 PROVIDER_UNAVAILABLE retry in 500'],
        backoff: nothing,
        ended: nothing,
      },
    ],
    [
      'recover',
      recover,
      {
        queued: ['run.recovered restart idle'],
        attempt: [
          'run.recovered restart cuts off 1.1',
          'stage.interrupted 1.1 crash',
          'stage.started 1.2 coder resume',
        ],
        backoff: ['run.recovered restart idle'],
        ended: nothing,
      },
    ],
    [
      'fail',
      fail(),
      {
        queued: ['run.failed LIMIT_REACHED in the queue'],
        attempt: ['stage.failed 1.1 LIMIT_REACHED', 'run.failed LIMIT_REACHED in 1'],
        backoff: ['run.failed LIMIT_REACHED in 1'],
        ended: nothing,
      },
    ],
  ])('%s', (_name, input, outcomes) => {
    for (const [phase, events] of Object.entries(outcomes)) {
      given(...phases[phase as keyof typeof phases])
        .when(input)
        .thenEvents(...events);
    }
  });
});

describe('a recovery', () => {
  const start: Step[] = [queued(['coder', 'reviewer']), begin];

  test('resumes with the text that was written, but for JSON', () => {
    given(...start, text('1.1', 'coder', openFile))
      .when(recover)
      .thenEvents(
        'run.recovered restart cuts off 1.1',
        'stage.interrupted 1.1 crash',
        `stage.started 1.2 coder resume keeps ${openFile.length}`,
      );
    given(...start, text('1.1', 'coder', file), completed(), text('2.1', 'reviewer', '{"verd'))
      .when(recover)
      .thenEvents(
        'run.recovered restart cuts off 2.1',
        'stage.interrupted 2.1 crash',
        'stage.started 2.2 reviewer resume',
      );
  });

  test('counts no attempt: a crash is not the fault of the stage', () => {
    given(queued(['coder'], { maxAttemptsPerStage: 2 }), begin, recover, recover, failed())
      .when(retry)
      .thenEvents('stage.started 1.4 coder retry');
  });

  test('of an attempt that never wrote anything is given up at the fifth', () => {
    const fruitless: Step[] = [...start, recover, recover, recover, recover];
    const givenUp = [
      'run.recovered restart cuts off 1.5',
      'stage.interrupted 1.5 crash',
      'run.failed INTERNAL in 1',
    ];
    given(...fruitless)
      .when(recover)
      .thenEvents(...givenUp);
    // A steer would only begin again what fails.
    given(...fruitless, steer('c1'))
      .when(recover)
      .thenEvents(...givenUp.toSpliced(2, 0, 'command.dropped c1 run_failed'));
    given(...fruitless, text('1.5', 'coder', 'a'))
      .when(recover)
      .thenEvents(
        'run.recovered restart cuts off 1.5',
        'stage.interrupted 1.5 crash',
        'stage.started 1.6 coder resume keeps 1',
      );
  });
});
