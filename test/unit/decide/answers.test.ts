import { describe, expect, test } from 'vitest';
import type { Failure } from '@stagewire/shared';
import { brief } from '../../support/brief-event.ts';
import { given, type Step } from '../../support/decider-spec.ts';
import {
  begin,
  completed,
  failed,
  file,
  noted,
  openFile,
  queued,
  retry,
  steer,
  text,
  usage,
} from '../../support/decider-steps.ts';

const approved = '{"verdict": "approved", "issues": []}';
const changes = '{"verdict": "changes_requested", "issues": [{"severity": "major", "message": "no tests"}]}';
const all = ['coder', 'reviewer', 'refiner'];

describe('an answer that is whole', () => {
  test('records its files, ends its stage and begins the next', () => {
    given(queued(all), begin, text('1.1', 'coder', file))
      .when(completed())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.completed 1.1 stop',
        'stage.started 2.1 reviewer plan',
      );
  });

  test('of the last stage completes the run, with the usage of all', () => {
    const coded: Step[] = [queued(['coder', 'reviewer']), begin, text('1.1', 'coder', file), completed()];
    const run = given(...coded, text('2.1', 'reviewer', approved)).when(completed());
    run.thenEvents(
      'review.recorded 2.1 approved 0 issues',
      'stage.completed 2.1 stop',
      'run.completed approved',
    );
    expect(run.bodies.at(-1)).toMatchObject({
      usage: { inputTokens: 20, outputTokens: 10, reasoningTokens: 0, source: 'final' },
      durationMs: 1000,
    });
  });

  test('takes steers for the next stage along, or hands them back where there is none', () => {
    const next = steer('c1', { mode: 'next' });
    given(queued(['coder', 'reviewer']), begin, text('1.1', 'coder', file), next)
      .when(completed())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.completed 1.1 stop',
        'stage.started 2.1 reviewer plan reads c1',
        'command.applied c1 to 2.1',
      );
    given(queued(['coder']), begin, text('1.1', 'coder', file), next)
      .when(completed())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.completed 1.1 stop',
        'command.dropped c1 run_completed',
        'run.completed none',
      );
  });
});

describe('a review', () => {
  const coded: Step[] = [queued(all), begin, text('1.1', 'coder', file), completed()];
  const asked: Step[] = [...coded, text('2.1', 'reviewer', changes), completed()];

  test('that asks for changes plans the refiner and another review', () => {
    given(...coded, text('2.1', 'reviewer', changes))
      .when(completed())
      .thenEvents(
        'review.recorded 2.1 changes_requested 1 issues',
        'stage.completed 2.1 stop',
        'run.planned review: refiner, reviewer',
        'stage.started 3.1 refiner review',
      );
  });

  test('asks no more often than maxRefinements', () => {
    const changed = file.replace('= 1', '= 2');
    given(...asked, text('3.1', 'refiner', changed), completed(), text('4.1', 'reviewer', changes))
      .when(completed())
      .thenEvents(
        'review.recorded 4.1 changes_requested 1 issues',
        'stage.completed 4.1 stop',
        'run.completed changes_requested',
      );
  });

  test('asks for nothing where the run has no refiner', () => {
    given(
      queued(['coder', 'reviewer']),
      begin,
      text('1.1', 'coder', file),
      completed(),
      text('2.1', 'reviewer', changes),
    )
      .when(completed())
      .thenEvents(
        'review.recorded 2.1 changes_requested 1 issues',
        'stage.completed 2.1 stop',
        'run.completed changes_requested',
      );
  });

  test('comes again when a later role has changed what was approved, and only then', () => {
    const approvedFile: Step[] = [
      queued(['coder', 'reviewer', 'tester']),
      begin,
      text('1.1', 'coder', file),
      completed(),
      text('2.1', 'reviewer', approved),
      completed(),
    ];
    given(...approvedFile, text('3.1', 'tester', file.replace('= 1', '= 2')))
      .when(completed())
      .thenEvents(
        'artifact.recorded 3.1 src/a.ts',
        'stage.completed 3.1 stop',
        'run.planned review: reviewer',
        'stage.started 4.1 reviewer review',
      );
    given(...approvedFile, text('3.1', 'tester', file.replace('a.ts', 'a.test.ts')))
      .when(completed())
      .thenEvents(
        'artifact.recorded 3.1 src/a.test.ts',
        'stage.completed 3.1 stop',
        'run.completed approved',
      );
  });

  test('lets the refiner leave all as it is', () => {
    given(...asked, text('3.1', 'refiner', '```unchanged\n```\n'))
      .when(completed())
      .thenEvents('stage.completed 3.1 stop', 'stage.started 4.1 reviewer plan');
  });

  test('approves nothing where a coder has written no file', () => {
    const none = given(queued(['reviewer']), begin, text('1.1', 'reviewer', approved));
    none
      .when(completed())
      .thenEvents(
        'review.recorded 1.1 approved 0 issues',
        'stage.completed 1.1 stop',
        'run.completed approved',
      );
    given(
      queued(['coder', 'reviewer'], { maxAttemptsPerStage: 1 }),
      begin,
      text('1.1', 'coder', 'Done.'),
      completed(),
      text('2.1', 'reviewer', approved),
    )
      .when(completed())
      .thenEvents(
        'review.recorded 2.1 unknown 0 issues',
        'stage.completed 2.1 stop',
        'run.completed unknown',
      );
  });

  test('that cannot be read is repaired once, then recorded as unknown with what was noted', () => {
    const unread: Step[] = [...coded, text('2.1', 'reviewer', 'I like it.')];
    given(...unread)
      .when(completed())
      .thenEvents(
        'stage.failed 2.1 OUTPUT_INVALID/review_unreadable retry in 0',
        'stage.started 2.2 reviewer repair',
      );
    given(...unread, completed(), text('2.2', 'reviewer', 'Really.'), noted('2.2', 'no tests'))
      .when(completed())
      .thenEvents(
        'review.recorded 2.2 unknown 1 issues',
        'stage.completed 2.2 stop',
        'run.planned review: refiner, reviewer',
        'stage.started 3.1 refiner review',
      );
  });
});

describe('a file that a stage is there for', () => {
  const start = queued(['coder']);

  test.each<[string, string, string[]]>([
    [
      'is not closed',
      openFile,
      ['artifact.skipped 1.1 open src/a.ts', 'stage.failed 1.1 OUTPUT_INVALID/file_open retry in 0'],
    ],
    ['is missing', 'Done.', ['stage.failed 1.1 OUTPUT_INVALID/no_file retry in 0']],
  ])('%s: it is repaired once', (_what, answer, events) => {
    given(start, begin, text('1.1', 'coder', answer))
      .when(completed())
      .thenEvents(...events, 'stage.started 1.2 coder repair');
    const again = given(
      start,
      begin,
      text('1.1', 'coder', answer),
      completed(),
      text('1.2', 'coder', 'Done.'),
    );
    again.when(completed()).thenEvents('stage.completed 1.2 stop', 'run.completed none');
  });

  test('that leaves something out is repaired, and taken as it is if the repair does not bring it', () => {
    const elided = '```ts src/a.ts\nexport const a = 1;\n// ... rest of the code\n```\n';
    const other = '```ts src/b.ts\nexport const b = 1;\n```\n';
    given(start, begin, text('1.1', 'coder', elided))
      .when(completed())
      .thenEvents(
        'artifact.skipped 1.1 elided src/a.ts',
        'stage.failed 1.1 OUTPUT_INVALID/file_elided retry in 0',
        'stage.started 1.2 coder repair',
      );
    given(start, begin, text('1.1', 'coder', elided), completed(), text('1.2', 'coder', other))
      .when(completed())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'artifact.recorded 1.2 src/b.ts',
        'stage.completed 1.2 stop',
        'run.completed none',
      );
  });

  test('is not repaired in the last attempt of its stage', () => {
    given(queued(['coder'], { maxAttemptsPerStage: 1 }), begin, text('1.1', 'coder', 'Done.'))
      .when(completed())
      .thenEvents('stage.completed 1.1 stop', 'run.completed none');
  });
});

describe('an answer that the output limit cut off', () => {
  const cut: Step[] = [queued(['coder']), begin, text('1.1', 'coder', openFile)];
  const kept = openFile.length;

  /** Continued so often, with a text of one character each. */
  function continued(times: number): Step[] {
    return Array.from({ length: times }).flatMap((_, index) => [
      completed('length'),
      text(`1.${index + 2}`, 'coder', 'b', kept + index),
    ]);
  }

  test('is continued three times, then stands as it is', () => {
    given(...cut)
      .when(completed('length'))
      .thenEvents('stage.interrupted 1.1 length', `stage.started 1.2 coder continue keeps ${kept}`);
    given(...cut, ...continued(3))
      .when(completed('length'))
      .thenEvents('artifact.skipped 1.4 open src/a.ts', 'stage.completed 1.4 length', 'run.completed none');
  });

  test.each<[number | undefined, number, number, string]>([
    [undefined, 1_000_000, 1_000_000, 'stage.interrupted 1.1 length'],
    [8192, 4096, 4095, 'stage.interrupted 1.1 length'],
    [8192, 4096, 4096, 'stage.completed 1.1 length'],
    [8192, 8000, 4096, 'stage.completed 1.1 length'],
  ])('in a window of %s tokens after %s and %s: %s', (contextTokens, inputTokens, outputTokens, ending) => {
    const begun = given(queued(['coder'])).when(begin).bodies;
    const windowed = begun.map((body) =>
      body.type === 'stage.started' && contextTokens !== undefined ? { ...body, contextTokens } : body,
    );
    const { bodies } = given(queued(['coder']), ...windowed, text('1.1', 'coder', openFile)).when(
      completed('length', { ...usage, inputTokens, outputTokens }),
    );
    expect(bodies.map(brief)).toContain(ending);
  });

  test.each<[string, Partial<Failure>, string]>([
    ['its window is full', { code: 'CONTEXT_TOO_LONG', retryable: false }, 'stage.completed 1.2 length'],
    ['nothing is added', { code: 'OUTPUT_INVALID', reason: 'empty' }, 'stage.completed 1.2 length'],
  ])('stands as it is when %s', (_what, failure, ending) => {
    given(...cut, completed('length'))
      .when(failed(failure))
      .thenEvents('artifact.skipped 1.2 open src/a.ts', ending, 'run.completed none');
  });

  test('keeps its text over a failure of the provider', () => {
    given(...cut, completed('length'), failed())
      .when(retry)
      .thenEvents(`stage.started 1.3 coder retry keeps ${kept}`);
  });

  test('fails at once if all of it was reasoning and there is no lower effort', () => {
    const blank: Step[] = [queued(['coder']), begin];
    given(...blank)
      .when(completed('length'))
      .thenEvents('stage.failed 1.1 OUTPUT_INVALID/output_limit retry in 500');
    given(...blank, completed('length'), retry)
      .when(completed('length'))
      .thenEvents('stage.failed 1.2 OUTPUT_INVALID/output_limit', 'run.failed OUTPUT_INVALID in 1');
  });
});
