import { describe, test } from 'vitest';
import { given, type Step } from '../../support/decider-spec.ts';
import {
  aborted,
  begin,
  completed,
  fail,
  failed,
  file,
  queued,
  retry,
  steer,
  text,
  usage,
} from '../../support/decider-steps.ts';

describe('a failure', () => {
  const start: Step[] = [queued(['coder'], { maxAttemptsPerStage: 4 }), begin];
  const truncated = failed({ code: 'PROVIDER_TRUNCATED' });
  const invalid = failed({ code: 'OUTPUT_INVALID', reason: 'empty' });

  test('that may pass is retried with a backoff, as often as the stage may have attempts', () => {
    given(...start, failed(), retry, failed(), retry)
      .when(failed())
      .thenEvents('stage.failed 1.3 PROVIDER_UNAVAILABLE retry in 500');
    given(...start, failed(), retry, failed(), retry, failed(), retry)
      .when(failed())
      .thenEvents('stage.failed 1.4 PROVIDER_UNAVAILABLE', 'run.failed PROVIDER_UNAVAILABLE in 1');
  });

  test('that does not pass ends the run, and hands back what was pending', () => {
    given(...start, steer('c1', { mode: 'next' }))
      .when(failed({ code: 'PROVIDER_AUTH', retryable: false }))
      .thenEvents(
        'stage.failed 1.1 PROVIDER_AUTH',
        'command.dropped c1 run_failed',
        'run.failed PROVIDER_AUTH in 1',
      );
  });

  test('of a prompt that is too long is not tried again', () => {
    given(...start)
      .when(failed({ code: 'CONTEXT_TOO_LONG' }))
      .thenEvents('stage.failed 1.1 CONTEXT_TOO_LONG', 'run.failed CONTEXT_TOO_LONG in 1');
  });

  test('at the same length is tried twice more, at another one until the limit', () => {
    given(...start, truncated, retry, truncated, retry)
      .when(truncated)
      .thenEvents('stage.failed 1.3 PROVIDER_TRUNCATED', 'run.failed PROVIDER_TRUNCATED in 1');
    given(...start, truncated, retry, text('1.2', 'coder', 'a'), truncated, retry)
      .when(truncated)
      .thenEvents('stage.failed 1.3 PROVIDER_TRUNCATED retry in 500');
  });

  test('that the next prompt must explain is repaired once, then retried', () => {
    given(...start)
      .when(invalid)
      .thenEvents('stage.failed 1.1 OUTPUT_INVALID/empty retry in 0', 'stage.started 1.2 coder repair');
    given(...start, invalid)
      .when(invalid)
      .thenEvents('stage.failed 1.2 OUTPUT_INVALID/empty retry in 500');
    given(...start, invalid, invalid, retry)
      .when(invalid)
      .thenEvents('stage.failed 1.3 OUTPUT_INVALID/empty', 'run.failed OUTPUT_INVALID in 1');
  });

  // The whole-output-is-reasoning failure once got a fourth attempt, since it was counted by its own reason alone.
  test('of the output counts whatever its reason: the third ends the run', () => {
    given(...start, invalid, invalid, retry)
      .when(completed('length'))
      .thenEvents('stage.failed 1.3 OUTPUT_INVALID/output_limit', 'run.failed OUTPUT_INVALID in 1');
  });

  test('waits a millisecond at least, since 0 says that the next attempt is in the same append', () => {
    const outcome = { status: 'failed', usage, ttftMs: 1, durationMs: 2, retryInMs: 0.2 } as const;
    const failure = { code: 'PROVIDER_UNAVAILABLE', message: 'busy', retryable: true } as const;
    given(...start)
      .when({ type: 'call-ended', outcome: { ...outcome, failure } })
      .thenEvents('stage.failed 1.1 PROVIDER_UNAVAILABLE retry in 1');
  });

  test('of a call that was aborted without a command is one of the server, and is retried', () => {
    given(...start)
      .when(aborted)
      .thenEvents('stage.failed 1.1 INTERNAL retry in 1');
  });

  test('of the server leaves the files of the attempt alone; a limit records them', () => {
    const coding: Step[] = [...start, text('1.1', 'coder', file)];
    given(...coding)
      .when(fail({ code: 'INTERNAL' }))
      .thenEvents('stage.failed 1.1 INTERNAL', 'run.failed INTERNAL in 1');
    given(...coding)
      .when(fail())
      .thenEvents(
        'artifact.recorded 1.1 src/a.ts',
        'stage.failed 1.1 LIMIT_REACHED',
        'run.failed LIMIT_REACHED in 1',
      );
  });
});
